/**
 * GetUserAvailability: free and busy times, without subjects. Suggestions of meeting times are not made.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailability-operation
 * @see https://learn.microsoft.com/graph/api/calendar-getschedule
 */
import type { ScheduleInformation, ScheduleItem } from '@microsoft/microsoft-graph-types';
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { dateOf } from '../../../ews/properties/read-value.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { readTimeZone, toLocal, toUtc, type SerializableTimeZone } from '../../../ews/serializable-time-zone.ts';
import { element, xml, type XmlFragment } from '../../../ews/xml.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import { asResponseError, singleMessage, type Operation, type Scope } from '../operation.ts';

/** Mailboxes of one call. */
const AT_ONCE = 20;
/** As many as Exchange takes. */
const MOST = 100;

interface Question {
  readonly start: Date;
  readonly end: Date;
  readonly minutes: number;
  readonly view: string;
  readonly zone: SerializableTimeZone;
}

export const getUserAvailability: Operation = async function* ({ request, own, capabilities }) {
  const question = questionOf(request);
  const addresses = children(child(request, 'MailboxDataArray')).map((one) => textAt(one, 'Email', 'Address') ?? '');
  if (addresses.length > MOST)
    throw new ResponseError('ErrorMailboxDataArrayTooBig', `Up to ${MOST} mailboxes are answered at once.`);
  const answers = capabilities.schedules
    ? await allAnswers(own, addresses, question)
    : addresses.map(() => refused(notAsked()));
  yield xml`<m:FreeBusyResponseArray>${answers}</m:FreeBusyResponseArray>`;
};

/** @throws ResponseError */
function questionOf(request: EwsElement): Question {
  const options = child(request, 'FreeBusyViewOptions');
  const window = child(options, 'TimeWindow');
  if (options === undefined || window === undefined)
    throw new ResponseError('ErrorInvalidFreeBusyViewType', 'FreeBusyViewOptions is missing.');
  const zone = readTimeZone(child(request, 'TimeZone'));
  const [start, end] = [timeAt(window, 'StartTime', zone), timeAt(window, 'EndTime', zone)];
  if (start >= end) throw new ResponseError('ErrorInvalidTimeInterval', 'The time window is empty.');
  const minutes = Number(textAt(options, 'MergedFreeBusyIntervalInMinutes') ?? 30);
  if (!Number.isInteger(minutes) || minutes < 5 || minutes > 1440)
    throw new ResponseError('ErrorInvalidMergedFreeBusyInterval', 'The interval is between 5 and 1440 minutes.');
  return { start, end, minutes, zone, view: textAt(options, 'RequestedView') ?? 'FreeBusy' };
}

/** In the request's zone, unless the time names an offset of its own. */
function timeAt(window: EwsElement, name: string, zone: SerializableTimeZone): Date {
  const text = textAt(window, name) ?? '';
  const time = dateOf(text);
  if (time === undefined) throw new ResponseError('ErrorInvalidTimeInterval', `${name} is no time.`);
  return /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? time : toUtc(time, zone);
}

async function allAnswers(own: Scope, addresses: readonly string[], question: Question): Promise<XmlFragment[]> {
  const answers: XmlFragment[] = [];
  for (let start = 0; start < addresses.length; start += AT_ONCE)
    answers.push(...(await answersFor(own, addresses.slice(start, start + AT_ONCE), question)));
  return answers;
}

async function answersFor({ calls }: Scope, addresses: readonly string[], question: Question): Promise<XmlFragment[]> {
  const { start, end, minutes } = question;
  try {
    const { value } = await calls.ask<GraphList<ScheduleInformation>>('/calendar/getSchedule', {
      schedules: addresses,
      startTime: zoned(start),
      endTime: zoned(end),
      availabilityViewInterval: minutes,
    });
    return addresses.map((_, index) => answerElement(value[index], question));
  } catch (error) {
    const refusal = asResponseError(error, 'calendar');
    return addresses.map(() => refused(refusal));
  }
}

function notAsked(): ResponseError {
  return new ResponseError(
    'ErrorInvalidOperation',
    'Microsoft Graph gives no free and busy times here: personal accounts have none to ask for.',
  );
}

function zoned(time: Date): { readonly dateTime: string; readonly timeZone: string } {
  return { dateTime: time.toISOString().slice(0, 19), timeZone: 'UTC' };
}

function answerElement(schedule: ScheduleInformation | undefined, { view, zone }: Question): XmlFragment {
  if (schedule === undefined || (schedule.error !== undefined && schedule.error !== null)) {
    const text = schedule?.error?.message ?? 'The mailbox was not answered.';
    return refused(new ResponseError(schedule?.error?.responseCode ?? 'ErrorMailRecipientNotFound', text));
  }
  const isMerged = /Merged/.test(view);
  const events = view === 'MergedOnly' ? [] : (schedule.scheduleItems ?? []).map((item) => eventElement(item, zone));
  const granted = view.replace(/^Detailed/, 'FreeBusy');
  return xml`<m:FreeBusyResponse>${singleMessage()}<m:FreeBusyView>${[
    element('FreeBusyViewType', granted),
    isMerged ? element('MergedFreeBusy', schedule.availabilityView ?? '') : undefined,
    events.length === 0 ? undefined : element('CalendarEventArray', events),
  ]}</m:FreeBusyView></m:FreeBusyResponse>`;
}

const BUSY_TYPES: Readonly<Record<string, string>> = {
  free: 'Free',
  tentative: 'Tentative',
  busy: 'Busy',
  oof: 'OOF',
  workingElsewhere: 'WorkingElsewhere',
};

/** Times are those of the request's zone, without an offset. */
function eventElement({ start, end, status }: ScheduleItem, zone: SerializableTimeZone): XmlFragment {
  const local = (text: string | null | undefined): string => {
    const utc = new Date(`${text?.slice(0, 19)}Z`);
    return toLocal(Number.isNaN(utc.getTime()) ? new Date(0) : utc, zone)
      .toISOString()
      .slice(0, 19);
  };
  return element('CalendarEvent', [
    element('StartTime', local(start?.dateTime)),
    element('EndTime', local(end?.dateTime)),
    element('BusyType', BUSY_TYPES[status ?? 'busy'] ?? 'NoData'),
  ]);
}

function refused(error: ResponseError): XmlFragment {
  const view = xml`<m:FreeBusyView><t:FreeBusyViewType>None</t:FreeBusyViewType></m:FreeBusyView>`;
  return xml`<m:FreeBusyResponse>${singleMessage(error)}${view}</m:FreeBusyResponse>`;
}

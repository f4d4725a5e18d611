/** @see https://learn.microsoft.com/graph/api/calendar-getschedule */
import type { Call, GraphAnswer } from '../call.ts';
import { GraphError, undeserializable } from '../errors.ts';
import { listJson } from '../paging.ts';

const DIGITS: Readonly<Record<string, string>> = {
  free: '0',
  tentative: '1',
  busy: '2',
  oof: '3',
  workingElsewhere: '4',
};

interface Zoned {
  readonly dateTime?: string;
  readonly timeZone?: string;
}

export function getSchedule(call: Call): GraphAnswer {
  const { organization, settings } = call.service;
  const body = call.json();
  const known = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
  for (const name of known.keys())
    if (!['schedules', 'starttime', 'endtime', 'availabilityviewinterval'].includes(name)) throw undeserializable();
  const schedules = known.get('schedules');
  const [start, end] = [timeOf(known.get('starttime')), timeOf(known.get('endtime'))];
  const interval = Number(known.get('availabilityviewinterval') ?? 30);
  if (!Array.isArray(schedules)) throw undeserializable();
  // [doc] 5 to 1,440 minutes, at most 62 days, at most 20 schedules.
  if (interval < 5 || interval > 1440 || end <= start || end - start > 62 * 86_400_000 || schedules.length > 20)
    throw new GraphError(400, 'ErrorInvalidParameter', 'The time window or interval is invalid.');
  const rows = schedules.map((address: string) => {
    const mailbox = organization.find(address);
    if (mailbox === undefined)
      return {
        scheduleId: address,
        availabilityView: '',
        error: {
          message: 'Unable to resolve e-mail address to an Active Directory object.',
          responseCode: 'ErrorMailRecipientNotFound',
        },
      };
    const busy = settings.busy.get(mailbox.address) ?? [];
    const slots: string[] = [];
    for (let at = start; at < end; at += interval * 60_000) {
      const within = busy.filter((one) => one.start.getTime() < at + interval * 60_000 && one.end.getTime() > at);
      slots.push(
        within
          .map(({ status }) => DIGITS[status] ?? '0')
          .toSorted()
          .at(-1) ?? '0',
      );
    }
    return {
      scheduleId: address,
      availabilityView: slots.join(''),
      scheduleItems: busy.map((one) => ({
        status: one.status,
        start: { dateTime: `${one.start.toISOString().slice(0, 19)}.0000000`, timeZone: 'UTC' },
        end: { dateTime: `${one.end.toISOString().slice(0, 19)}.0000000`, timeZone: 'UTC' },
      })),
    };
  });
  return { status: 200, json: listJson(call, { rows, nextLink: undefined }) };
}

function timeOf(value: unknown): number {
  const { dateTime, timeZone } = (value ?? {}) as Zoned;
  const time = Date.parse(`${dateTime?.replace(/Z$/, '')}Z`);
  if (Number.isNaN(time)) throw undeserializable();
  // Other zones are more than this stand-in knows.
  if (timeZone !== undefined && timeZone !== 'UTC')
    throw new GraphError(400, 'ErrorInvalidParameter', 'The simulator knows UTC only.');
  return time;
}

/**
 * Meeting messages.
 *
 * @see https://learn.microsoft.com/graph/api/resources/eventmessage
 */
import type { MessageContent } from '../mailbox/types.ts';

type EventType = 'eventMessageRequest' | 'eventMessageResponse' | 'eventMessage';

/** By the item class behind IPM.Schedule.Meeting. */
const KINDS: Readonly<Record<string, { readonly type: EventType; readonly kind: string; readonly response?: string }>> =
  {
    'Request': { type: 'eventMessageRequest', kind: 'meetingRequest' },
    'Canceled': { type: 'eventMessage', kind: 'meetingCancelled' },
    'Resp.Pos': { type: 'eventMessageResponse', kind: 'meetingAccepted', response: 'accepted' },
    // Spelled so [metadata].
    'Resp.Tent': { type: 'eventMessageResponse', kind: 'meetingTenativelyAccepted', response: 'tentativelyAccepted' },
    'Resp.Neg': { type: 'eventMessageResponse', kind: 'meetingDeclined', response: 'declined' },
  };

function kindOf({ itemClass }: MessageContent): (typeof KINDS)[string] | undefined {
  return itemClass.startsWith('IPM.Schedule.Meeting.')
    ? KINDS[itemClass.slice('IPM.Schedule.Meeting.'.length)]
    : undefined;
}

/** The derived type of a meeting message, undefined for all others. */
export function eventType(content: MessageContent): EventType | undefined {
  return kindOf(content)?.type;
}

/** What a meeting message has besides; a $select that names any of message's properties leaves meetingMessageType. */
export function eventProperties(
  content: MessageContent,
  type: EventType,
  select: readonly string[] | undefined,
): Record<string, unknown> {
  const kind = kindOf(content);
  if (select !== undefined) return { meetingMessageType: kind?.kind };
  const calendar = content.attachments.find(({ contentType }) => contentType === 'text/calendar');
  const text = calendar?.kind === 'file' ? calendar.content.toString().replaceAll(/\r?\n[ \t]/g, '') : '';
  const property = (name: string): string | undefined => new RegExp(`^${name}[^:\\n]*:(.*?)\\r?$`, 'm').exec(text)?.[1];
  return {
    meetingMessageType: kind?.kind,
    type: 'singleInstance',
    isOutOfDate: false,
    isAllDay: false,
    isDelegated: false,
    location: { displayName: property('LOCATION') ?? '', locationType: 'default', uniqueIdType: 'unknown' },
    recurrence: null,
    startDateTime: zoned(property('DTSTART')),
    endDateTime: zoned(property('DTEND')),
    ...(type === 'eventMessageResponse' ? { responseType: kind?.response, proposedNewTime: null } : {}),
    ...(type === 'eventMessageRequest'
      ? {
          previousLocation: null,
          previousStartDateTime: null,
          previousEndDateTime: null,
          responseRequested: true,
          allowNewTimeProposals: true,
          meetingRequestType: 'newMeetingRequest',
        }
      : {}),
  };
}

function zoned(text: string | undefined): Record<string, string> | null {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?/.exec(text ?? '');
  if (match === null) return null;
  const [, year, month, day, hour = '00', minute = '00', second = '00'] = match;
  return { dateTime: `${year}-${month}-${day}T${hour}:${minute}:${second}.0000000`, timeZone: 'UTC' };
}

/** Requests for free and busy times. */
import { envelope } from './envelopes.ts';

const change = (bias: number, month: number, order: number): string =>
  `<t:Bias>${bias}</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>${order}</t:DayOrder><t:Month>${month}</t:Month>` +
  '<t:DayOfWeek>Sunday</t:DayOfWeek>';
/** An element TimeZone. @param bias in minutes @param summer bias of daylight saving time */
export const zone = (bias: number, summer = 0): string =>
  `<t:TimeZone><t:Bias>${bias}</t:Bias><t:StandardTime>${change(0, 10, 5)}</t:StandardTime>` +
  `<t:DaylightTime>${change(summer, 3, 5)}</t:DaylightTime></t:TimeZone>`;
/** GetUserAvailability. */
export const askWhoIsFree = (
  addresses: readonly string[],
  timeZone: string,
  start: string,
  end: string,
  view: string,
): string =>
  envelope(
    `<m:GetUserAvailabilityRequest>${timeZone}<m:MailboxDataArray>` +
      addresses
        .map(
          (one) =>
            `<t:MailboxData><t:Email><t:Address>${one}</t:Address></t:Email>` +
            '<t:AttendeeType>Required</t:AttendeeType></t:MailboxData>',
        )
        .join('') +
      `</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>${start}</t:StartTime>` +
      `<t:EndTime>${end}</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>60` +
      `</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>${view}</t:RequestedView></t:FreeBusyViewOptions>` +
      '</m:GetUserAvailabilityRequest>',
  );

/**
 * GetServerTimeZones, from a table of the gateway's: Graph names time zones, but has no rules of them.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getservertimezones-operation
 */
import { child, children } from '../../../ews/element.ts';
import { timeZoneDefinitions } from '../../../ews/time-zones.ts';
import { xml } from '../../../ews/xml.ts';
import { messages, type Operation } from '../operation.ts';

export const getServerTimeZones: Operation = ({ request }) => {
  const wanted = new Set(children(child(request, 'Ids')).map(({ text }) => text.trim()));
  return messages(
    'GetServerTimeZones',
    [wanted],
    'mailbox',
    (ids) => xml`<m:TimeZoneDefinitions>${timeZoneDefinitions(ids)}</m:TimeZoneDefinitions>`,
  );
};

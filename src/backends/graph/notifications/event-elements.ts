/**
 * Events as elements.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/notification-ex15websvcsotherref
 */
import { dateTime, element, xml, type XmlFragment } from '../../../ews/xml.ts';
import type { MailboxEvent } from './mailbox-events.ts';

const NAMES: Readonly<Record<MailboxEvent['kind'], string>> = {
  created: 'CreatedEvent',
  newMail: 'NewMailEvent',
  modified: 'ModifiedEvent',
  deleted: 'DeletedEvent',
};

/**
 * `Notification` of events that each have a watermark, or of none, with a status event.
 *
 * Whoever goes on behind an event in the middle gets all of them again: none is lost.
 *
 * @param id the subscription's
 * @param watermark behind the last of the events
 * @param more whether there are more already
 */
export function notification(
  id: string,
  previous: string,
  watermark: string,
  events: readonly MailboxEvent[],
  more: boolean,
): XmlFragment {
  const written = events.map((event, index) => eventElement(event, index < events.length - 1 ? previous : watermark));
  const status = xml`<t:StatusEvent>${element('Watermark', watermark)}</t:StatusEvent>`;
  return xml`<m:Notification>${element('SubscriptionId', id)}${element('PreviousWatermark', previous)}${element(
    'MoreEvents',
    more,
  )}${written.length === 0 ? status : written}</m:Notification>`;
}

/** @param watermark undefined for streams: clients fail on one there */
export function eventElement(event: MailboxEvent, watermark: string | undefined): XmlFragment {
  const { kind, id, folder, changeKey, at } = event;
  return element(NAMES[kind], [
    watermark === undefined ? undefined : element('Watermark', watermark),
    element('TimeStamp', dateTime(at)),
    xml`<t:ItemId Id="${id}" ChangeKey="${changeKey}"/>`,
    xml`<t:ParentFolderId Id="${folder}"/>`,
  ]);
}

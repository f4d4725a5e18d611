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

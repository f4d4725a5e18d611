/**
 * Query strings (AQS): words and `property:value` pairs, all of which must fit.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/querystring-querystringtype
 */
import { bodyOf, hasAttachments, type Item, type Recipient } from '../mailbox/types.ts';

const people = (list: readonly (Recipient | undefined)[]): string =>
  list.map((one) => (one === undefined ? '' : `${one.name} ${one.address}`)).join(' ');

const FIELDS: Readonly<Record<string, (item: Item) => string>> = {
  subject: (item) => item.subject,
  body: (item) => bodyOf(item).content,
  from: (item) => people([item.from]),
  to: (item) => people(item.to),
  cc: (item) => people(item.cc),
  bcc: (item) => people(item.bcc),
  participants: (item) => people([item.from, ...item.to, ...item.cc]),
  attachment: (item) => item.attachments.map(({ name }) => name).join(' '),
  category: (item) => item.categories.join(' '),
  importance: (item) => item.importance,
  hasattachment: (item) => String(hasAttachments(item)),
  read: (item) => String(item.isRead),
  kind: () => 'email',
};

/** Every item fits where there is none. */
export function querystringFilter(query: string | undefined): (item: Item) => boolean {
  const terms = [...(query ?? '').matchAll(/(?:(\w+):)?(?:"([^"]*)"|(\S+))/g)]
    .filter(([whole]) => whole !== 'AND')
    .map(([, name = '', quoted, word]) => ({ name: name.toLowerCase(), value: (quoted ?? word ?? '').toLowerCase() }));
  const everywhere = (item: Item): string =>
    ['subject', 'body', 'participants', 'attachment'].map((name) => FIELDS[name]?.(item) ?? '').join(' ');
  return (item) => terms.every(({ name, value }) => (FIELDS[name] ?? everywhere)(item).toLowerCase().includes(value));
}

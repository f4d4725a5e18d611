/**
 * Messages as Graph shows them.
 *
 * @see https://learn.microsoft.com/graph/api/resources/message
 */
import { toGraphAlphabet } from '../../ews/ids/alphabet.ts';
import type { PropertyPath } from '../mailbox/extended-properties.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Flag, Item } from '../mailbox/types.ts';
import { attachmentJson, attachmentsOf } from './attachment-json.ts';
import type { Call, Preferences } from './call.ts';
import { bodyJson, dateJson, OF_CONTENT, type Json } from './content-json.ts';
import { eventProperties, eventType } from './event-messages.ts';
import { expanded, messageProperty } from './extended-properties.ts';
import { messageId } from './ids.ts';
import type { QueryOptions } from './query-options.ts';

function zoned(date: Date | undefined): Json | undefined {
  return date === undefined ? undefined : { dateTime: `${date.toISOString().slice(0, 23)}0000`, timeZone: 'UTC' };
}

function flagJson({ status, start, due, completed }: Flag): Json {
  return {
    flagStatus: status,
    ...(start === undefined ? {} : { startDateTime: zoned(start) }),
    ...(due === undefined ? {} : { dueDateTime: zoned(due) }),
    ...(completed === undefined ? {} : { completedDateTime: zoned(completed) }),
  };
}

type ItemReader = (item: Item, mailbox: Mailbox, prefer: Preferences) => unknown;

const OF_ITEMS: Readonly<Record<string, ItemReader>> = {
  id: (item, mailbox, { hasImmutableIds }) => messageId(mailbox, item, hasImmutableIds),
  createdDateTime: ({ createdAt }) => dateJson(createdAt),
  lastModifiedDateTime: ({ modifiedAt }) => dateJson(modifiedAt),
  // In standard base64, not in the alphabet of ids [doc samples].
  changeKey: ({ changeKey }) => changeKey,
  categories: ({ categories }) => categories,
  receivedDateTime: ({ receivedAt }) => dateJson(receivedAt),
  parentFolderId: ({ folderId }) => toGraphAlphabet(folderId),
  conversationId: ({ conversationId }) => toGraphAlphabet(conversationId),
  isRead: ({ isRead }) => isRead,
  isDraft: ({ isDraft }) => isDraft,
  webLink: ({ id }) =>
    `https://outlook.office365.com/owa/?ItemID=${encodeURIComponent(id)}&exvsurl=1&viewmodel=ReadMessageItem`,
  inferenceClassification: ({ inferenceClassification }) => inferenceClassification,
  flag: ({ flag }) => flagJson(flag),
  // A draft's may be null [doc message-createreply].
  isDeliveryReceiptRequested: ({ isDraft, isDeliveryReceiptRequested }) =>
    isDraft && !isDeliveryReceiptRequested ? null : isDeliveryReceiptRequested,
};

/** These come by $select only [doc]. */
const SELECTED_ONLY: Readonly<Record<string, ItemReader>> = {
  // Empty for what was sent from here [threads microsoft-graph-docs#18761, office-js#5413].
  internetMessageHeaders: ({ headers, folderId, isDraft }, mailbox) =>
    isDraft || folderId === mailbox.folders.wellKnown('sentitems')?.id ? [] : headers,
  // Always HTML [thread microsoft-graph-docs#16395].
  uniqueBody: (item, _mailbox, prefer) => bodyJson(item, { ...prefer, bodyType: 'html' }),
};

/** A property of a message by its path, as filters and sort orders read it. */
export function readMessagePath(call: Call, item: Item): (path: string) => unknown {
  return (path) => {
    const [first = '', ...rest] = path.split('/');
    let value = read(call, item, first);
    for (const segment of rest) value = (value as Json | null | undefined)?.[segment];
    return value;
  };
}

/** As {@link readMessagePath}, with dates to the millisecond where the service compares them so. */
export function readForFilter(call: Call, item: Item): (path: string) => unknown {
  const read = readMessagePath(call, item);
  if (call.service.behaviour.fractionsOfDates === 'cut') return read;
  return (path) => WHOLE_DATES[path]?.(item)?.toISOString() ?? read(path);
}

const WHOLE_DATES: Readonly<Record<string, (item: Item) => Date | undefined>> = {
  createdDateTime: ({ createdAt }) => createdAt,
  lastModifiedDateTime: ({ modifiedAt }) => modifiedAt,
  receivedDateTime: ({ receivedAt }) => receivedAt,
  sentDateTime: ({ sentAt }) => sentAt,
};

function read({ mailbox, prefer }: Call, item: Item, name: string): unknown {
  const ofItem = OF_ITEMS[name] ?? SELECTED_ONLY[name];
  return ofItem === undefined ? OF_CONTENT[name]?.(item, prefer) : ofItem(item, mailbox, prefer);
}

/** A message as an entity: with its type, etag and id, and what is selected and expanded. */
export function messageJson(call: Call, item: Item, { select, expand }: Pick<QueryOptions, 'select' | 'expand'>): Json {
  const { mailbox, service } = call;
  const type = eventType(item);
  const names = new Set(select ?? [...Object.keys(OF_ITEMS), ...Object.keys(OF_CONTENT)]);
  const message: Json = {
    ...(type === undefined ? {} : { '@odata.type': `#microsoft.graph.${type}` }),
    '@odata.etag': `W/"${item.changeKey}"`,
    'id': messageId(mailbox, item, call.prefer.hasImmutableIds),
  };
  for (const name of names)
    if (name !== 'id' && service.model.member('message', name) !== undefined) {
      const value = read(call, item, name);
      if (value !== undefined) message[name] = value;
    }
  if (type !== undefined) Object.assign(message, eventProperties(item, type, select));
  for (const { name, properties, select } of expand) {
    if (name === 'attachments')
      message[name] = attachmentsOf(call, item).map((attachment) => attachmentJson(call, attachment, { select }));
    else if (name.endsWith('ValueExtendedProperties')) {
      const found = expanded(properties, (path) => propertyShown(call, item, path));
      // Missing where there are none [code, several].
      if (found.length > 0) message[name] = found;
    }
  }
  return message;
}

/** Characters of a value, where not all of it is given. */
const CUT_TO = 32 * 1024;

function propertyShown(call: Call, item: Item, path: PropertyPath): string | readonly string[] | undefined {
  const { largeProperties, nativeBody } = call.service.behaviour;
  const tag = 'tag' in path ? path.tag : undefined;
  if (tag === 0x7d && isHeaderless(call, item)) return undefined;
  if (tag === 0x1016 && nativeBody === 'missing') return undefined;
  const value = messageProperty(item, call.mailbox, path);
  const isCut = largeProperties === 'cut' && typeof value === 'string' && item.extended.get(path) !== undefined;
  return isCut ? value.slice(0, CUT_TO) : value;
}

function isHeaderless({ mailbox, service }: Call, { folderId }: Item): boolean {
  return service.behaviour.headersOfSentItems === 'missing' && folderId === mailbox.folders.wellKnown('sentitems')?.id;
}

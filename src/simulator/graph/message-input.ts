/** Messages as clients write them: JSON of a message, or base64 of its MIME, into the model's parts. */
import { ExtendedProperties, type ExtendedProperty } from '../mailbox/extended-properties.ts';
import type { ItemState } from '../mailbox/item-operations.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { MessageParts } from '../mailbox/message.ts';
import { parseMime } from '../mailbox/mime-reader.ts';
import type { Flag, Header, NewAttachment, NewMessage, Recipient, Sensitivity } from '../mailbox/types.ts';
import { readAttachment } from './attachment-input.ts';
import { checkObject } from './body-check.ts';
import type { Call } from './call.ts';
import { GraphError } from './errors.ts';
import { parsePropertyId } from './extended-properties.ts';

type Input = Readonly<Record<string, unknown>>;

/** A message before it is stored. */
export interface Written {
  readonly parts: MessageParts;
  readonly state: ItemState;
  /** PidTagMessageFlags, where the client sets them. */
  readonly flags: number | undefined;
}

/** [doc] Bodies of requests; MIME is in base64 there. */
export const LARGEST_BODY = 4 * 1024 * 1024;
/** Seen once; larger MIME was answered with 200 and nothing done [thread microsoft-graph-docs#13979]. */
const LARGEST_MIME = 2240 * 1024;

export function isMime({ request }: Call): boolean {
  return /^text\/plain\b/i.test(request.headers['content-type'] ?? '');
}

/**
 * Reads a MIME body.
 *
 * @returns undefined where it is lost without a word
 * @throws GraphError ErrorMimeContentInvalidBase64String
 */
export async function readMime({ request, service }: Call): Promise<NewMessage | undefined> {
  const text = request.body.toString('latin1').replaceAll(/\s/g, '');
  if (text === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0)
    throw new GraphError(400, 'ErrorMimeContentInvalidBase64String', 'Invalid base64 string for MIME content.');
  const mime = Buffer.from(text, 'base64');
  if (service.behaviour.largeMime === 'lost' && mime.length > LARGEST_MIME) return undefined;
  return parseMime(mime);
}

/** @throws GraphError where a member is unknown, has another type or a value that is refused */
export function readMessage(input: unknown, call: Call): Written {
  checkObject(input, 'message', call.service);
  const message = input as Input;
  const { itemClass, ...fields } = readContent(message);
  const { state, parts, flags } = extendedOf(message, call, ExtendedProperties.NONE);
  return {
    parts: {
      ...fields,
      ...(itemClass === undefined ? {} : { itemClass }),
      headers: readHeaders(message['internetMessageHeaders']),
      attachments: ((message['attachments'] ?? []) as readonly Input[]).map((one): NewAttachment =>
        readAttachment(one, call, (item) => readMessage(item, call).parts),
      ),
      ...parts,
    },
    state: { ...readState(message), ...state },
    flags,
  };
}

/** A draft has a Message-ID from the beginning, and keeps the one it was given [doc user-post-messages]. */
export function withMessageId<T extends MessageParts>(parts: T, { ids, address }: Mailbox): T {
  if (parts.internetMessageId !== undefined) return parts;
  const internetMessageId = `<${ids.newSearchKey()}@${address.split('@')[1] ?? 'localhost'}>`;
  return { ...parts, internetMessageId };
}

/** What a message says, of the members that are there. */
export function readContent(message: Input): MessageParts {
  const { body } = message as { readonly body?: { readonly contentType?: string; readonly content?: string } | null };
  const content = body?.content ?? '';
  return {
    ...given(message, 'subject', (value) => ({ subject: String(value ?? '') })),
    ...(body === undefined
      ? {}
      : body?.contentType?.toLowerCase() === 'html'
        ? { bodyHtml: content, bodyText: undefined }
        : { bodyHtml: undefined, bodyText: content }),
    ...given(message, 'from', (value) => ({ from: readRecipient(value) })),
    ...given(message, 'sender', (value) => ({ sender: readRecipient(value) })),
    ...given(message, 'toRecipients', (value) => ({ to: readRecipients(value) })),
    ...given(message, 'ccRecipients', (value) => ({ cc: readRecipients(value) })),
    ...given(message, 'bccRecipients', (value) => ({ bcc: readRecipients(value) })),
    ...given(message, 'replyTo', (value) => ({ replyTo: readRecipients(value) })),
    ...given(message, 'importance', (value) => ({ importance: lower(value) as 'low' | 'normal' | 'high' })),
    ...given(message, 'internetMessageId', (value) => ({ internetMessageId: String(value) })),
    ...given(message, 'isReadReceiptRequested', (value) => ({ isReadReceiptRequested: value === true })),
    ...given(message, 'isDeliveryReceiptRequested', (value) => ({ isDeliveryReceiptRequested: value === true })),
  };
}

/** What a message is besides, of the members that are there: all of it may be changed at any time. */
export function readState(message: Input): ItemState {
  return {
    ...given(message, 'isRead', (value) => ({ isRead: value === true })),
    ...given(message, 'categories', (value) => ({ categories: (value ?? []) as readonly string[] })),
    ...given(message, 'flag', (value) => ({ flag: readFlag(value as Input | null) })),
    ...given(message, 'inferenceClassification', (value) => ({
      inferenceClassification: lower(value) as 'focused' | 'other',
    })),
  };
}

function given<T extends object>(message: Input, name: string, read: (value: unknown) => T): T | object {
  return Object.hasOwn(message, name) ? read(message[name]) : {};
}

const lower = (value: unknown): string => String(value).toLowerCase();

export function readRecipient(value: unknown): Recipient | undefined {
  const { emailAddress } = (value ?? {}) as { readonly emailAddress?: { name?: string; address?: string } | null };
  if (emailAddress?.address === undefined) return undefined;
  return { name: emailAddress.name ?? '', address: emailAddress.address };
}

export function readRecipients(value: unknown): Recipient[] {
  return ((value ?? []) as readonly unknown[]).map((one) => {
    const recipient = readRecipient(one);
    if (recipient === undefined)
      throw new GraphError(400, 'ErrorInvalidRecipients', 'At least one recipient is not valid.');
    return recipient;
  });
}

/** A due date needs a start date [doc followupFlag]. */
function readFlag(flag: Input | null): Flag {
  const date = (name: string): Date | undefined => {
    const value = flag?.[name] as { readonly dateTime?: string } | null | undefined;
    return value?.dateTime === undefined ? undefined : new Date(`${value.dateTime.replace(/Z$/, '')}Z`);
  };
  const [start, due, completed] = [date('startDateTime'), date('dueDateTime'), date('completedDateTime')];
  if (due !== undefined && start === undefined)
    throw new GraphError(400, 'ErrorInvalidProperty', 'The due date of a flag requires a start date.');
  const status = lower(flag?.['flagStatus'] ?? 'notFlagged');
  return {
    status: status === 'flagged' ? 'flagged' : status === 'complete' ? 'complete' : 'notFlagged',
    ...(start === undefined ? {} : { start }),
    ...(due === undefined ? {} : { due }),
    ...(completed === undefined ? {} : { completed }),
  };
}

/** [thread freescout-mail365#7] Only x- headers, five at most. */
function readHeaders(value: unknown): Header[] {
  const headers = (value ?? []) as readonly { readonly name?: string; readonly value?: string }[];
  if (headers.length > 5)
    throw new GraphError(
      400,
      'InvalidInternetMessageHeaderCollection',
      'Maximum number of headers in one message should be less than or equal to 5.',
    );
  return headers.map(({ name = '', value = '' }) => {
    if (!/^x-/i.test(name))
      throw new GraphError(
        400,
        'InvalidInternetMessageHeader',
        `The internet message header name '${name}' should start with 'x-' or 'X-'.`,
      );
    return { name, value };
  });
}

const SENSITIVITIES: readonly Sensitivity[] = ['normal', 'personal', 'private', 'confidential'];

/** Extended properties: those that the model has under a name of its own go there. */
export function extendedOf(
  message: Input,
  { service }: Call,
  known: ExtendedProperties,
): { readonly state: ItemState; readonly parts: MessageParts; readonly flags: number | undefined } {
  let extended = known;
  let flags: number | undefined;
  const state: { receivedAt?: Date } = {};
  const parts: {
    -readonly [P in 'itemClass' | 'sentAt' | 'sensitivity' | 'references' | 'inReplyTo']?: MessageParts[P];
  } = {};
  const list = ['singleValueExtendedProperties', 'multiValueExtendedProperties'].flatMap((name) =>
    ((message[name] ?? []) as readonly Input[]).map((entry) => ({ entry, isMulti: name.startsWith('multi') })),
  );
  for (const { entry, isMulti } of list) {
    const path = parsePropertyId(String(entry['id'] ?? ''));
    if (path.type.endsWith('Array') !== isMulti)
      throw new GraphError(400, 'ErrorInvalidProperty', `The property id '${String(entry['id'])}' is invalid.`);
    const value = entry['value'];
    if (value === null || value === undefined) {
      if (service.behaviour.nullProperty === 'refused')
        throw new GraphError(400, 'ErrorInvalidProperty', 'The value of the property is null.');
      if ('tag' in path && path.tag === 0x1039) parts.references = undefined;
      if ('tag' in path && path.tag === 0x1042) parts.inReplyTo = undefined;
      extended = extended.without(path);
      continue;
    }
    const text = String(value);
    const tag = 'tag' in path ? path.tag : undefined;
    if (tag === 0x0e07) flags = Number(text);
    else if (tag === 0x001a) parts.itemClass = text;
    else if (tag === 0x0e06) state.receivedAt = new Date(text);
    else if (tag === 0x0039) parts.sentAt = new Date(text);
    else if (tag === 0x0036) parts.sensitivity = SENSITIVITIES[Number(text)] ?? 'normal';
    else if (tag === 0x1039) parts.references = text;
    else if (tag === 0x1042) parts.inReplyTo = text;
    else extended = extended.with({ path, value: value as ExtendedProperty['value'] });
  }
  return { state: extended === known ? state : { ...state, extended }, parts, flags };
}

/** Whether flags given at creation make an item that is no draft. */
export function makesNoDraft(flags: number | undefined, { service }: Call): boolean {
  if (flags === undefined || (flags & 8) !== 0) return false;
  return service.behaviour.nonDraftFlags === 'anyWithoutUnsent' || (flags & 4) !== 0;
}

/**
 * Messages read from MIME, in the form in which Graph takes and gives them. MIME that Graph takes as it is does not
 * come here: only what is too large to be posted whole, and what is to be no draft.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322
 * @see https://learn.microsoft.com/graph/outlook-send-mime-message
 */
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Address, Email } from 'postal-mime';
import { MAX_CONTENT_IN_MEMORY } from '../../../ews/content-collector.ts';
import type { SpooledContent, SpoolFactory } from '../../../ews/spool.ts';
import { MemoryBudget } from './memory-budget.ts';
import { MessageChanges } from './message-changes.ts';
import { bytesOf, parseMimeStream } from '../messages/mime-parser.ts';
import type { NewAttachment, NewMessage } from './new-message.ts';
import { IN_REPLY_TO, ITEM_CLASS, REFERENCES, SENSITIVITY } from '../properties/message.ts';
import { DELIVERY_TIME, SUBMIT_TIME } from '../properties/mapi-values.ts';
import { dateText } from '../properties/values.ts';

export interface MimeMessage {
  readonly changes: MessageChanges;
  readonly attachments: readonly NewAttachment[];
  /** Signed or encrypted: whoever takes it apart breaks it. */
  readonly isSealed: boolean;
}

/** Bytes of MIME taken apart at a time: a text takes its size several times over. A larger message is alone. */
const AT_A_TIME = 16 * 1024 * 1024;
/** Bytes that are written to a spool at once. */
const PIECE = 1024 * 1024;
/** A larger message in a message is attached as the file that it is: Graph has no upload for items. */
const LARGEST_ITEM = 3 * 1024 * 1024;
/** As is one that lies deeper. */
const DEEPEST_ITEM = 8;
/** Headers of one's own that Graph takes, and what their names begin with. */
const MOST_HEADERS = 5;

export class MimeReader {
  readonly #memory = new MemoryBudget(AT_A_TIME);

  /**
   * Takes MIME apart, when there is memory for it. Large attachments wait in the request's spools until they are sent.
   *
   * @param content of the t:MimeContent
   * @throws ResponseError, or GatewayError SPOOL_FULL or CLIENT_GONE
   */
  read(content: SpooledContent, spools: SpoolFactory, signal: AbortSignal): Promise<MimeMessage> {
    return this.#memory.with(content.size, signal, () => partsOf(content, spools));
  }
}

/** @param depth of messages in messages: each is read once more with all that it holds */
async function partsOf(mime: SpooledContent, spools: SpoolFactory, depth = 0): Promise<MimeMessage> {
  const { mail, spooled } = await parseMimeStream(mime.createReadStream(), spools);
  const attachments: NewAttachment[] = [];
  for (const [index, part] of mail.attachments.entries()) {
    const content = spooled.get(part.content) ?? (await contentOf(bytesOf(part.content), spools));
    if (part.mimeType === 'message/rfc822' && content.size <= LARGEST_ITEM && depth < DEEPEST_ITEM) {
      const { changes, attachments: nested } = await partsOf(content, spools, depth + 1);
      const item: NewMessage = {
        changes,
        attachments: nested,
        itemClass: 'IPM.Note',
        mime: undefined,
        isReceived: true,
      };
      attachments.push({ kind: 'item', name: part.filename ?? 'message', item });
    } else
      attachments.push({
        kind: 'file',
        name: part.filename ?? `attachment-${index + 1}`,
        contentType: part.mimeType,
        contentId: part.contentId?.replace(/^<|>$/g, ''),
        isInline: part.disposition === 'inline' || part.related === true,
        content,
      });
  }
  return { changes: changesOf(mail), attachments, isSealed: isSealed(mail) };
}

/** Large contents leave memory, in pieces: others have their turn meanwhile. */
async function contentOf(bytes: Buffer, spools: SpoolFactory): Promise<SpooledContent> {
  if (bytes.length <= MAX_CONTENT_IN_MEMORY)
    return { size: bytes.length, createReadStream: () => Readable.from([bytes]), dispose: () => undefined };
  const writer = spools.create();
  for (let start = 0; start < bytes.length; start += PIECE) {
    writer.write(bytes.subarray(start, start + PIECE));
    await nextTurn();
  }
  return writer.finish();
}

/** The members that a message has by its MIME, for reading and for writing. */
export function membersOf(mail: Email) {
  const importance = headerOf(mail, 'importance')?.trim().toLowerCase();
  return {
    subject: (mail.subject ?? '').slice(0, 255),
    body:
      mail.html === undefined
        ? { contentType: 'text' as const, content: mail.text ?? '' }
        : { contentType: 'html' as const, content: mail.html },
    toRecipients: recipients(mail.to),
    ccRecipients: recipients(mail.cc),
    bccRecipients: recipients(mail.bcc),
    replyTo: recipients(mail.replyTo),
    importance:
      importance === 'high' ? ('high' as const) : importance === 'low' ? ('low' as const) : ('normal' as const),
  };
}

/** When it was sent by its own account; undefined where it does not say. */
export function sentDate({ date }: Email): Date | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** Members of a group stand for the group. */
export function recipients(
  addresses: readonly (Address | undefined)[] = [],
): { emailAddress: { name: string; address: string } }[] {
  return addresses.flatMap((one) => {
    if (one === undefined) return [];
    if (one.group !== undefined) return recipients(one.group);
    return [{ emailAddress: { name: one.name, address: one.address ?? '' } }];
  });
}

const SENSITIVITIES: Readonly<Record<string, string>> = {
  'personal': '1',
  'private': '2',
  'company-confidential': '3',
};

function changesOf(mail: Email): MessageChanges {
  const [from] = recipients([mail.from]);
  const [sender] = recipients([mail.sender]);
  const sent = sentDate(mail);
  const reportClass = reportClassOf(mail);
  const sensitivity = SENSITIVITIES[headerOf(mail, 'sensitivity')?.trim().toLowerCase() ?? ''];
  const own = mail.headers.filter(({ originalKey }) => /^x-/i.test(originalKey)).slice(0, MOST_HEADERS);
  return new MessageChanges().add({
    properties: {
      ...membersOf(mail),
      ...(from === undefined ? {} : { from }),
      ...(sender === undefined ? {} : { sender }),
      ...(mail.messageId === undefined ? {} : { internetMessageId: mail.messageId }),
      ...(headerOf(mail, 'disposition-notification-to') === undefined ? {} : { isReadReceiptRequested: true }),
      ...(headerOf(mail, 'return-receipt-to') === undefined ? {} : { isDeliveryReceiptRequested: true }),
      ...(own.length === 0
        ? {}
        : { internetMessageHeaders: own.map(({ originalKey: name, value }) => ({ name, value })) }),
    },
    extended: {
      ...(mail.inReplyTo === undefined ? {} : { [IN_REPLY_TO]: mail.inReplyTo }),
      ...(mail.references === undefined ? {} : { [REFERENCES]: mail.references }),
      ...(sensitivity === undefined ? {} : { [SENSITIVITY]: sensitivity }),
      ...(sent === undefined ? {} : { [SUBMIT_TIME]: dateText(sent), [DELIVERY_TIME]: dateText(sent) }),
      ...(reportClass === undefined ? {} : { [ITEM_CLASS]: reportClass }),
    },
  });
}

/** The class of a report about another message. */
function reportClassOf(mail: Email): string | undefined {
  const contentType = headerOf(mail, 'content-type') ?? '';
  if (!/^multipart\/report\b/i.test(contentType)) return undefined;
  const type = /;\s*report-type="?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase();
  return { 'delivery-status': 'REPORT.IPM.Note.NDR', 'disposition-notification': 'REPORT.IPM.Note.IPNRN' }[type ?? ''];
}

/** @see https://www.rfc-editor.org/rfc/rfc8551 and https://www.rfc-editor.org/rfc/rfc3156 */
function isSealed(mail: Email): boolean {
  return /^\s*(?:multipart\/(?:signed|encrypted)|application\/(?:x-)?pkcs7-mime)\b/i.test(
    headerOf(mail, 'content-type') ?? '',
  );
}

function headerOf(mail: Email, name: string): string | undefined {
  return mail.headers.find(({ key }) => key === name)?.value;
}

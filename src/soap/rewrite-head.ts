/**
 * Gives an envelope exactly one ExchangeImpersonation header (or none), by cutting and inserting at
 * offsets. Every byte outside the cut and inserted pieces is the client's own.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/exchangeimpersonation
 */
import { bytesOf } from './encoding.ts';
import type { ConnectingSidType } from '../config/types.ts';
import type { ConnectingSid, EnvelopeHead, HeaderBlock } from './envelope-head.ts';
import { EWS_TYPES } from './namespaces.ts';

/**
 * Header blocks that may reach Exchange. Everything else goes: what is known to be dangerous
 * (SerializedSecurityContext, OpenAsAdminOrSystemService, ManagementRole, proxy and sharing
 * headers act with rights the caller was never given) and what is unknown.
 */
const HARMLESS_BLOCKS: ReadonlySet<string> = new Set([
  'RequestServerVersion',
  'MailboxCulture',
  'TimeZoneContext',
  'DateTimePrecision',
  'BackgroundLoad',
]);

/** Names of the header blocks that {@link rewriteHead} will remove, the client's ExchangeImpersonation apart. */
export function removedBlocks(head: EnvelopeHead): string[] {
  return head.blocks
    .filter((block) => !isKept(block) && block.localName !== 'ExchangeImpersonation')
    .map((block) => block.localName);
}

function isKept(block: HeaderBlock): boolean {
  return block.namespace === EWS_TYPES && HARMLESS_BLOCKS.has(block.localName);
}

/**
 * The ConnectingSID child to name a mailbox with. Clients of Exchange 2007 (also those that send no
 * RequestServerVersion, which means 2007) know PrimarySmtpAddress only.
 */
export function connectingSidType(requestServerVersion: string | undefined): ConnectingSidType {
  return requestServerVersion === undefined || requestServerVersion.startsWith('Exchange2007')
    ? 'PrimarySmtpAddress'
    : 'SmtpAddress';
}

interface Edit {
  /** Characters of the text form to cut out. */
  readonly start: number;
  readonly end: number;
  /** What to put there, in the text form of the document. */
  readonly insert: string;
}

/**
 * @param bytes the document from its first byte, holding at least its head
 * @param head what was read from these bytes
 * @param impersonate who to act as; undefined removes a client's header and inserts none
 * @returns the pieces which, in order, are the new bytes
 */
export function rewriteHead(bytes: Buffer, head: EnvelopeHead, impersonate: ConnectingSid | undefined): Buffer[] {
  const { encoding } = head;
  const pieces: Buffer[] = [];
  let copied = 0;
  for (const { start, end, insert } of editsOf(head, impersonate)) {
    const from = encoding.bomBytes + start * encoding.unit;
    if (from > copied) pieces.push(bytes.subarray(copied, from));
    if (insert !== '') pieces.push(bytesOf(insert, encoding));
    copied = encoding.bomBytes + end * encoding.unit;
  }
  pieces.push(bytes.subarray(copied));
  return pieces;
}

function editsOf(head: EnvelopeHead, impersonate: ConnectingSid | undefined): Edit[] {
  const cuts = head.blocks
    .filter((block) => !isKept(block))
    .map(({ start, end }): Edit => ({ start, end, insert: '' }));
  if (impersonate === undefined) return cuts;
  const block = impersonationBlock(impersonate);
  const { header } = head;
  switch (header.kind) {
    case 'open':
      return [{ start: header.contentStart, end: header.contentStart, insert: block }, ...cuts];
    case 'self-closed':
      return [{ start: header.slash, end: header.end, insert: `>${block}</${header.qName}>` }];
    case 'missing': {
      const name = header.prefix === '' ? 'Header' : `${header.prefix}:Header`;
      return [{ start: header.bodyStart, end: header.bodyStart, insert: `<${name}>${block}</${name}>` }];
    }
  }
}

function impersonationBlock({ type, value }: ConnectingSid): string {
  return (
    `<t:ExchangeImpersonation xmlns:t="${EWS_TYPES}"><t:ConnectingSID><t:${type}>` +
    `${escapeToAscii(value)}</t:${type}></t:ConnectingSID></t:ExchangeImpersonation>`
  );
}

/** Text as XML character data in pure ASCII, so that it is the same in every encoding. */
function escapeToAscii(text: string): string {
  return text.replace(/[^ !#-%'-;=?-~]/gu, (character) => `&#${character.codePointAt(0)};`);
}

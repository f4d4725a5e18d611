/** Every way in which a lenient reader could understand a request, to see what it might carry out. */
import { DOMParser, type Element } from '@xmldom/xmldom';

/** What readers find in a request. */
export interface Found {
  /** Texts of elements within any ExchangeImpersonation of a Header. */
  readonly impersonated: Set<string>;
  /** Local names of elements right below any Body of the envelope. */
  readonly operations: Set<string>;
  /** Other texts of the head, mailboxes in the Body, and values of attributes. */
  readonly texts: Set<string>;
}

/** Big-endian UTF-16; an odd byte at the end is left out. */
function utf16be(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)))
    .swap16()
    .toString('utf16le');
}

function utf7(text: string): string {
  return text.replace(/\+([A-Za-z0-9+/]+)-?/g, (_all, code: string) => utf16be(Buffer.from(code, 'base64')));
}

const DECODERS: readonly ((bytes: Buffer) => string)[] = [
  (bytes) => bytes.toString('utf8'),
  (bytes) => bytes.toString('latin1'),
  (bytes) => bytes.toString('utf16le'),
  utf16be,
  (bytes) => utf7(bytes.toString('latin1')),
  (bytes) => bytes.toString('latin1').replaceAll('\0', ''),
];

const unescape = (text: string): string =>
  text
    .replace(/&#x([0-9a-f]{1,6});/gi, (_all, code: string) =>
      String.fromCodePoint(Number.parseInt(code, 16) % 0x110000),
    )
    .replace(/&#(\d{1,7});/g, (_all, code: string) => String.fromCodePoint(Number(code) % 0x110000))
    .replace(
      /&(amp|lt|gt|quot|apos);/g,
      (_all, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? "'",
    );

const asText = (text: string): string => text.replaceAll('<', '&lt;');

/** What readers do to markup before they look at it. */
const LENIENCES: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.replace(/<!--[^]*?-->/g, ''),
  (text) => text.replace(/<\?[^]*?\?>/g, ''),
  (text) =>
    text
      .replace(/<!--[^]*?-->|<\?[^]*?\?>/g, '')
      .replace(/<!\[CDATA\[([^]*?)\]\]>/g, (_all, inner) => asText(String(inner))),
  (text) => text.replace(/<!DOCTYPE[^[>]*(?:\[[^]*?\])?\s*>/gi, ''),
  // Some stop at the first root element, others look for the last one.
  (text) => text.slice(text.search(/<[\w:.-]*Envelope/)),
  (text) => text.slice(Math.max(0, text.lastIndexOf(':Envelope ') - 10)),
];

/** Reads a request's body in every way. */
export function readingsOf(bytes: Buffer): Found {
  const found: Found = { impersonated: new Set(), operations: new Set(), texts: new Set() };
  for (const text of new Set(DECODERS.map((decode) => decode(bytes))))
    for (const variant of new Set(LENIENCES.map((lenience) => lenience(text)))) {
      readByPattern(variant, found);
      readByParser(variant, found);
    }
  return found;
}

/** As scripts do, behind a look for comments: names without namespaces, up to the first Body, and what follows it. */
function readByPattern(commented: string, { impersonated, operations, texts }: Found): void {
  const text = commented.replace(/<!--[^]*?-->/g, '');
  const [, head = text, rest = ''] = /^([^]*?)(<(?:[\w.-]+:)?Body[^]*)$/i.exec(text) ?? [];
  const blocks = /<(?:[\w.-]+:)?ExchangeImpersonation[^>]*>([^]*?)<\/(?:[\w.-]+:)?ExchangeImp/gi;
  for (const [, inner = ''] of head.matchAll(blocks))
    for (const [, address = ''] of inner.matchAll(/>([^<>]+)</g)) if (address.trim() !== '') add(impersonated, address);
  const operation = /^<[^>]*>\s*<(?:[\w.-]+:)?([\w.-]+)/.exec(rest)?.[1];
  if (operation !== undefined) operations.add(operation);
  for (const [, value = ''] of head.matchAll(/>([^<>]+)</g)) add(texts, value);
}

/** As a forgiving parser does. */
function readByParser(text: string, found: Found): void {
  let root: Element | null;
  try {
    root = new DOMParser({ onError: () => undefined }).parseFromString(text, 'text/xml').documentElement;
  } catch {
    return;
  }
  if (root === null) return;
  for (const part of elementsOf(root)) {
    // There may be several of each, and a reader may take the first or the last.
    if (/^Header$/i.test(part.localName ?? '')) visit(part, found, false);
    if (!/^Body$/i.test(part.localName ?? '')) continue;
    for (const operation of elementsOf(part)) {
      found.operations.add(operation.localName ?? '');
      visit(operation, found, undefined);
    }
  }
}

function elementsOf(parent: Element): Element[] {
  return [...parent.childNodes].filter((node): node is Element => node.nodeType === 1);
}

/** @param impersonates whether it is within an ExchangeImpersonation; undefined where that has no meaning */
function visit(element: Element, found: Found, impersonates: boolean | undefined): void {
  const name = element.localName ?? '';
  const inside = impersonates === undefined ? undefined : impersonates || /^ExchangeImpersonation$/i.test(name);
  const children = elementsOf(element);
  for (const attribute of element.attributes) add(found.texts, attribute.value);
  if (children.length === 0) {
    const set = inside === true ? found.impersonated : found.texts;
    // What names a mailbox in a Body, by the schema's names.
    if (inside !== undefined || /^(?:EmailAddress|Address|SmtpAddress|Mailbox\w*)$/i.test(name))
      add(set, element.textContent ?? '');
  }
  for (const child of children) visit(child, found, inside);
}

function add(set: Set<string>, text: string): void {
  for (const reading of [text, unescape(text), unescape(unescape(text))]) set.add(reading.trim().toLowerCase());
}

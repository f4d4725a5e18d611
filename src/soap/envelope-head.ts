/**
 * Reads the head of a SOAP envelope: everything up to the start tag of the Body's first child.
 * That is all the gateway needs to know what is asked for; nothing behind it is looked at here.
 *
 * @see https://www.w3.org/TR/2000/NOTE-SOAP-20000508/ section 4 (SOAP 1.1)
 * @see https://www.w3.org/TR/soap12-part1/ section 5 (SOAP 1.2)
 */
import { GatewayError } from '../errors.ts';
import { placeBehind, type DocumentPlace } from './document-place.ts';
import { assertEncodingFits, decodeText, detectEncoding, textOf, type DetectedEncoding } from './encoding.ts';
import type { ConnectingSidType } from '../config/types.ts';
import { EWS_TYPES, SOAP_11, SOAP_12 } from './namespaces.ts';
import { malformed } from './malformed.ts';
import { Tokenizer, type Attribute, type Binding, type ExpandedName, type StartTag } from './tokenizer.ts';

/** The most bytes a head may have. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** Children of ConnectingSID, a choice of exactly one (types.xsd, ConnectingSIDType). */
const CONNECTING_SID_TYPES: readonly ConnectingSidType[] = [
  'SmtpAddress',
  'PrimarySmtpAddress',
  'PrincipalName',
  'SID',
];

export interface ConnectingSid {
  readonly type: ConnectingSidType;
  readonly value: string;
}

/** A child of soap:Header. Offsets are in characters of the text form. */
export interface HeaderBlock extends ExpandedName {
  readonly start: number;
  readonly end: number;
}

/** Where a header block can be put; offsets are in characters of the text form. */
export type HeaderPlace =
  | { readonly kind: 'open'; readonly contentStart: number }
  | { readonly kind: 'self-closed'; readonly slash: number; readonly end: number; readonly qName: string }
  | { readonly kind: 'missing'; readonly bodyStart: number; readonly prefix: string };

export interface OperationTag extends ExpandedName {
  /** The name as written. */
  readonly qName: string;
  readonly attributes: readonly Attribute[];
  readonly selfClosing: boolean;
  /** The start tag as written, each byte a character in 8-bit encodings. */
  readonly tag: string;
  /** Namespace declarations in force inside it, inner ones behind outer ones. */
  readonly bindings: readonly Binding[];
}

export interface EnvelopeHead {
  readonly encoding: DetectedEncoding;
  /** Value of the XML declaration's encoding, undefined where there is none. */
  readonly declaredEncoding: string | undefined;
  readonly soapVersion: '1.1' | '1.2';
  /** Value of RequestServerVersion/@Version, undefined if the client sent none. */
  readonly requestServerVersion: string | undefined;
  /** Id of TimeZoneContext/TimeZoneDefinition, in which dates without an offset are meant; undefined without one. */
  readonly timeZone: string | undefined;
  readonly header: HeaderPlace;
  readonly blocks: readonly HeaderBlock[];
  /** The client's own ExchangeImpersonation, if it sent one. */
  readonly impersonation: ConnectingSid | undefined;
  /** Names of Envelope and Body as written, for reading on behind the head. */
  readonly envelopeName: string;
  readonly bodyName: string;
  /** The Body's first child. */
  readonly operation: OperationTag;
  /** Bytes from the document's first to the end of the operation's start tag. */
  readonly endBytes: number;
  /** Where the operation's start tag begins, and where the document goes on behind it. */
  readonly places: () => readonly [start: DocumentPlace, end: DocumentPlace];
}

/**
 * @param bytes the document from its first byte as far as it has come
 * @param complete whether `bytes` is the whole document
 * @returns the head, or undefined where more bytes are needed
 * @throws GatewayError with a code ENVELOPE_… or IMPERSONATION_HEADER_… once more bytes can't help
 * @example readEnvelopeHead(Buffer.from('<s:Envelope …'), true)?.operation.localName // 'GetFolder'
 */
export function readEnvelopeHead(bytes: Buffer, complete: boolean): EnvelopeHead | undefined {
  const encoding = detectEncoding(bytes);
  if (encoding === undefined) {
    if (complete) throw malformed('it is empty');
    return undefined;
  }
  const limited = bytes.length > MAX_HEAD_BYTES ? bytes.subarray(0, MAX_HEAD_BYTES) : bytes;
  try {
    return parse(textOf(limited, encoding), encoding);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'ENVELOPE_MALFORMED') throw error;
    // A document that is cut off looks malformed: judge it only when no more can come.
    if (bytes.length > MAX_HEAD_BYTES) {
      throw new GatewayError(
        'ENVELOPE_HEAD_TOO_LARGE',
        `No SOAP operation was found in the first ${MAX_HEAD_BYTES / 1024} KiB of the request: its header is ` +
          `too large or the XML is not well-formed.`,
      );
    }
    if (complete) throw error;
    return undefined;
  }
}

function parse(text: string, encoding: DetectedEncoding): EnvelopeHead {
  const tokens = new Tokenizer(text, (piece, declared) => decodeText(piece, encoding, declared));
  if (tokens.declaredEncoding !== undefined) assertEncodingFits(tokens.declaredEncoding, encoding);
  tokens.skipMisc();
  const envelope = tokens.startTag();
  const soapVersion = soapVersionOf(envelope);
  const inSoap = (tag: StartTag, localName: string): boolean =>
    tag.namespace === envelope.namespace && tag.localName === localName;

  tokens.skipMisc();
  let child = tokens.startTag();
  let header: HeaderPlace = { kind: 'missing', bodyStart: child.start, prefix: envelope.prefix };
  let blocks: readonly ParsedBlock[] = [];
  if (inSoap(child, 'Header')) {
    if (child.selfClosing) {
      header = { kind: 'self-closed', slash: child.end - 2, end: child.end, qName: child.qName };
    } else {
      header = { kind: 'open', contentStart: child.end };
      blocks = readHeaderBlocks(tokens);
    }
    tokens.skipMisc();
    child = tokens.startTag();
  }
  if (!inSoap(child, 'Body')) throw malformed(`${child.qName} stands where soap:Body was expected`);
  if (child.selfClosing) throw malformed('its Body is empty');
  tokens.skipMisc();
  const operation = tokens.startTag();
  tokens.assertCharacters();
  const { declaredEncoding } = tokens;
  const decoded = (from: number, to: number): string => decodeText(text.slice(from, to), encoding, declaredEncoding);
  // Counted only where a place is asked for: most requests go on to Exchange as they are.
  const places = (): [DocumentPlace, DocumentPlace] => {
    const start = placeBehind({ line: 1, position: 1 }, decoded(0, operation.start));
    return [start, placeBehind(start, decoded(operation.start, operation.end))];
  };

  return {
    encoding,
    declaredEncoding,
    soapVersion,
    requestServerVersion: blocks.find((block) => isTypes(block, 'RequestServerVersion'))?.version,
    timeZone: blocks.find((block) => isTypes(block, 'TimeZoneContext'))?.timeZone,
    header,
    blocks: blocks.map(({ namespace, localName, start, end }) => ({ namespace, localName, start, end })),
    impersonation: impersonationOf(blocks),
    envelopeName: envelope.qName,
    bodyName: child.qName,
    operation: {
      namespace: operation.namespace,
      localName: operation.localName,
      qName: operation.qName,
      attributes: operation.attributes,
      selfClosing: operation.selfClosing,
      tag: text.slice(operation.start, operation.end),
      bindings: tokens.bindings,
    },
    endBytes: encoding.bomBytes + operation.end * encoding.unit,
    places,
  };
}

function soapVersionOf(envelope: StartTag): '1.1' | '1.2' {
  if (envelope.localName === 'Envelope') {
    if (envelope.namespace === SOAP_11) return '1.1';
    if (envelope.namespace === SOAP_12) return '1.2';
  }
  throw malformed(`its root element is ${envelope.qName}, not a SOAP 1.1 or 1.2 Envelope`);
}

interface ParsedBlock extends HeaderBlock {
  readonly version: string | undefined;
  readonly timeZone: string | undefined;
  /** Descendants with their depth and own text, kept for ExchangeImpersonation only. */
  readonly descendants: readonly Descendant[];
}

interface Descendant extends ExpandedName {
  readonly depth: number;
  text: string;
}

function readHeaderBlocks(tokens: Tokenizer): ParsedBlock[] {
  const blocks: ParsedBlock[] = [];
  for (;;) {
    tokens.skipMisc();
    if (tokens.atEndTag()) {
      tokens.endTag();
      return blocks;
    }
    const tag = tokens.startTag();
    const descendants: Descendant[] = [];
    let timeZone: string | undefined;
    if (!tag.selfClosing) {
      const keep = looksLikeImpersonation(tag);
      tokens.finishElement(
        (child, depth) => {
          if (looksLikeImpersonation(child)) throw invalidImpersonation('it stands inside another header block');
          if (depth === 1 && isTypes(child, 'TimeZoneDefinition')) timeZone ??= attributeOf(child, 'Id');
          if (keep) descendants.push({ namespace: child.namespace, localName: child.localName, depth, text: '' });
        },
        (text, depth) => {
          const innermost = descendants.at(-1);
          if (innermost !== undefined && innermost.depth === depth) innermost.text += text;
        },
      );
    }
    blocks.push({
      namespace: tag.namespace,
      localName: tag.localName,
      start: tag.start,
      end: tokens.position,
      version: attributeOf(tag, 'Version'),
      timeZone,
      descendants,
    });
  }
}

function attributeOf(tag: StartTag, name: string): string | undefined {
  return tag.attributes.find((attribute) => attribute.name === name)?.value;
}

function isTypes(name: ExpandedName, localName: string): boolean {
  return name.namespace === EWS_TYPES && name.localName === localName;
}

function looksLikeImpersonation(name: ExpandedName): boolean {
  return name.localName.length === 21 && name.localName.toLowerCase() === 'exchangeimpersonation';
}

function invalidImpersonation(why: string): GatewayError {
  return new GatewayError(
    'IMPERSONATION_HEADER_INVALID',
    `The ExchangeImpersonation header of the request is not valid: ${why}.`,
  );
}

function impersonationOf(blocks: readonly ParsedBlock[]): ConnectingSid | undefined {
  const found = blocks.filter(looksLikeImpersonation);
  const [block] = found;
  if (block === undefined) return undefined;
  if (found.length > 1) {
    throw new GatewayError(
      'IMPERSONATION_HEADER_REPEATED',
      'The request has more than one ExchangeImpersonation header.',
    );
  }
  if (!isTypes(block, 'ExchangeImpersonation'))
    throw invalidImpersonation('its name or namespace is not the one of EWS');
  const [connectingSid, sid, ...more] = block.descendants;
  if (
    connectingSid === undefined ||
    !isTypes(connectingSid, 'ConnectingSID') ||
    sid === undefined ||
    sid.depth !== 2 ||
    more.length > 0
  ) {
    throw invalidImpersonation('it must hold one ConnectingSID with exactly one child');
  }
  const type = CONNECTING_SID_TYPES.find((candidate) => isTypes(sid, candidate));
  const value = sid.text.trim();
  if (type === undefined || value === '')
    throw invalidImpersonation('ConnectingSID must name a SmtpAddress, PrimarySmtpAddress, PrincipalName or SID');
  return { type, value };
}

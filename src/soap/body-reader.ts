/**
 * Reads a SOAP body behind its head, chunk by chunk, and reports its elements and text to handlers.
 * What authorises a request and what executes it are handlers of this one reader, so that both see
 * the same document.
 *
 * The reader itself holds that the operation read in the head is the only one there is: no second
 * child of Body, no second Body, nothing but blanks beside them.
 *
 * Time is linear in the input however it is cut: a token cut off at a chunk's end goes on where it
 * stopped. Bytes of text become strings only in handlers that want them. UTF-16 is turned into UTF-8
 * first, so that markup is always ASCII bytes.
 */
import { StringDecoder } from 'node:string_decoder';
import { PlaceCounter, type DocumentPlace } from './document-place.ts';
import { ElementStart, type TextEncoding } from './element-start.ts';
import { isUtf8, UTF_8_ENCODING, type DetectedEncoding } from './encoding.ts';
import type { EnvelopeHead } from './envelope-head.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { malformed } from './malformed.ts';
import { NamespaceScope } from './namespace-scope.ts';

/** Text as written: no references resolved, bytes not decoded. Pieces of one run belong together. */
export interface TextPiece {
  /** Valid during the call only. */
  readonly bytes: Buffer;
  /** Whether it stands in a CDATA section, where `&` is a character like any other. */
  readonly cdata: boolean;
  /** Whether markup follows, so that no character or reference goes on in the next piece. */
  readonly last: boolean;
}

/** What a handler of a body is given; it throws a GatewayError to refuse the body. */
export interface BodyHandler {
  /** Whether text is reported now; asked before every piece. */
  readonly wantsText: boolean;
  /** Whether tags are reported with their places. Default: false. */
  readonly wantsPlaces?: boolean;
  startElement(element: ElementStart): void;
  text(piece: TextPiece, encoding: TextEncoding): void;
  /** @param place of the `<` of the end tag, or of the empty element's */
  endElement(place: DocumentPlace | undefined): void;
  /** The document is over, and it was whole. */
  end?(): void;
}

/** More than any tag of EWS has, in bytes. */
const MAX_TAG = 64 * 1024;
const MAX_DEPTH = 1_000;
const NAME =
  /^<([A-Za-z_\u0080-\uffff][-.\w\u0080-\uffff]*(?::[A-Za-z_\u0080-\uffff][-.\w\u0080-\uffff]*)?)(?=[ \t\r\n/>])/;
const END_TAG = /^<\/([^ \t\r\n>]+)[ \t\r\n]*>$/;
const TERMINATORS = { comment: '-->', cdata: ']]>', instruction: '?>' } as const;
const COMMENT = Buffer.from('<!--');
const CDATA = Buffer.from('<![CDATA[');
const NOTHING = Buffer.alloc(0);
/** Inside Envelope and Body the operation is the third. */
const DEPTH_OF_OPERATION = 3;

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

interface OpenElement {
  readonly qName: string;
  /** Undefined around the operation, whose scope the head has. */
  readonly scope: NamespaceScope;
}

export class BodyReader {
  readonly #handlers: readonly BodyHandler[];
  readonly #toUtf8: ((bytes: Buffer) => Buffer) | undefined;
  readonly #encoding: TextEncoding;
  /** The open elements, Envelope first. */
  readonly #open: OpenElement[];
  #mode: 'content' | 'tag' | keyof typeof TERMINATORS = 'content';
  /** What of a short token came last: the beginning of `<![CDATA[`, or of a terminator. */
  #carried = NOTHING;
  /** The tag that is being read, where it is cut off. */
  readonly #tag = new GrowingBuffer();
  /** The quote that is open in it, 0 outside of quotes. */
  #quote = 0;
  /** Counts what was read, where somebody wants to know. */
  readonly #places: PlaceCounter | undefined;
  /** Bytes of the present piece that are counted. */
  #counted = 0;
  /** Of the tag that is being read, or was read last. */
  #tagPlace: DocumentPlace | undefined;
  /** Whether the last text piece reported was not the last of its run. */
  #runIsOpen = false;

  /** @param handlers are called in this order */
  constructor(head: EnvelopeHead, handlers: readonly BodyHandler[]) {
    this.#handlers = handlers;
    this.#toUtf8 = head.encoding.unit === 2 ? utf16ToUtf8(head.encoding) : undefined;
    this.#encoding =
      head.encoding.unit === 2
        ? { detected: UTF_8_ENCODING, declared: undefined }
        : { detected: head.encoding, declared: head.declaredEncoding };
    if (handlers.some(({ wantsPlaces }) => wantsPlaces === true))
      this.#places = new PlaceCounter(head.places()[1], head.encoding.unit === 2 || isUtf8(head.declaredEncoding));
    const { operation, envelopeName, bodyName } = head;
    const scope = NamespaceScope.of(operation.bindings);
    const names = [envelopeName, bodyName, ...(operation.selfClosing ? [] : [operation.qName])];
    this.#open = names.map((qName) => ({ qName, scope }));
  }

  /** The next piece of a body. @throws GatewayError where it has to be refused */
  push(chunk: Buffer): void {
    let bytes = this.#toUtf8?.(chunk) ?? chunk;
    if (this.#carried.length > 0) {
      bytes = Buffer.concat([this.#carried, bytes]);
      this.#carried = NOTHING;
    }
    let position = 0;
    this.#counted = 0;
    while (position < bytes.length) position = this.#step(bytes, position);
    // What is carried over will be counted with the next piece.
    this.#places?.count(bytes, this.#counted, bytes.length - this.#carried.length);
  }

  /** The body is over. @throws GatewayError where the document is not */
  end(): void {
    if (this.#open.length > 0 || this.#mode !== 'content' || this.#carried.length > 0)
      throw malformed('it ends inside an element');
    for (const handler of this.#handlers) handler.end?.();
  }

  /** Takes one token or a part of it, and returns where to go on. */
  #step(bytes: Buffer, position: number): number {
    if (this.#mode === 'tag') return this.#continueTag(bytes, position);
    if (this.#mode !== 'content') return this.#insideMarkup(bytes, position, this.#mode);
    if (bytes[position] !== LESS_THAN) {
      const open = bytes.indexOf(LESS_THAN, position);
      const end = open === -1 ? bytes.length : open;
      this.#characters(bytes, position, end, open !== -1);
      return end;
    }
    this.#endRun();
    return this.#markup(bytes, position);
  }

  /** Tells what begins at a `<`. */
  #markup(bytes: Buffer, open: number): number {
    if (startsWith(bytes, open, COMMENT)) {
      this.#mode = 'comment';
      return open + COMMENT.length;
    }
    if (startsWith(bytes, open, CDATA)) {
      if (this.#open.length < DEPTH_OF_OPERATION) throw malformed('text stands beside its operation');
      this.#mode = 'cdata';
      return open + CDATA.length;
    }
    const rest = bytes.length - open;
    const second = bytes[open + 1];
    if (second === 0x3f) {
      this.#mode = 'instruction';
      return open + 2;
    }
    if (rest === 1 || (rest < CDATA.length && (isBeginning(bytes, open, COMMENT) || isBeginning(bytes, open, CDATA)))) {
      this.#carried = Buffer.from(bytes.subarray(open));
      return bytes.length;
    }
    if (second === 0x21) throw malformed('a declaration stands in its body');
    this.#mode = 'tag';
    this.#quote = 0;
    this.#places?.count(bytes, this.#counted, open);
    this.#counted = open;
    this.#tagPlace = this.#places?.place;
    return this.#continueTag(bytes, open);
  }

  /** Goes on with a tag, up to the `>` that ends it; `>` in quotes does not. */
  #continueTag(bytes: Buffer, from: number): number {
    let position = from;
    for (; position < bytes.length; position++) {
      const byte = bytes[position];
      if (this.#quote !== 0) {
        if (byte === this.#quote) this.#quote = 0;
      } else if (byte === QUOTE || byte === APOSTROPHE) this.#quote = byte;
      else if (byte === GREATER_THAN) break;
    }
    const isWhole = position < bytes.length;
    const end = isWhole ? position + 1 : position;
    if (this.#tag.length + end - from > MAX_TAG) throw malformed('a tag is longer than any of EWS');
    if (isWhole && this.#tag.length === 0) {
      this.#mode = 'content';
      this.#element(bytes.toString('latin1', from, end));
      return end;
    }
    this.#tag.append(bytes.subarray(from, end));
    if (isWhole) {
      const tag = this.#tag.view().toString('latin1');
      this.#tag.clear();
      this.#mode = 'content';
      this.#element(tag);
    }
    return end;
  }

  #insideMarkup(bytes: Buffer, position: number, mode: keyof typeof TERMINATORS): number {
    const terminator = TERMINATORS[mode];
    const end = bytes.indexOf(terminator, position, 'latin1');
    // What may be the terminator's beginning is looked at again with the next piece.
    const upTo = end === -1 ? Math.max(position, bytes.length - terminator.length + 1) : end;
    if (mode === 'cdata' && (upTo > position || end !== -1)) this.#report(bytes, position, upTo, true, end !== -1);
    if (end === -1) {
      this.#carried = Buffer.from(bytes.subarray(upTo));
      return bytes.length;
    }
    this.#mode = 'content';
    return end + terminator.length;
  }

  #characters(bytes: Buffer, from: number, to: number, last: boolean): void {
    if (this.#open.length >= DEPTH_OF_OPERATION) return this.#report(bytes, from, to, false, last);
    if (!isBlank(bytes, from, to)) throw malformed('text stands beside its operation');
  }

  #report(bytes: Buffer, from: number, to: number, cdata: boolean, last: boolean): void {
    this.#runIsOpen = !last && !cdata;
    let piece: TextPiece | undefined;
    for (const handler of this.#handlers) {
      if (!handler.wantsText) continue;
      piece ??= { bytes: bytes.subarray(from, to), cdata, last };
      handler.text(piece, this.#encoding);
    }
  }

  /** Markup follows where a chunk ended with text. */
  #endRun(): void {
    if (this.#runIsOpen) this.#report(NOTHING, 0, 0, false, true);
  }

  #element(tag: string): void {
    if (tag.charCodeAt(1) === 0x2f) {
      const name = END_TAG.exec(tag)?.[1];
      if (name === undefined || name !== this.#open.at(-1)?.qName)
        throw malformed(`an end tag does not fit: ${tag.slice(0, 100)}`);
      this.#close();
      return;
    }
    const name = NAME.exec(tag)?.[1];
    if (name === undefined) throw malformed('a tag is not valid');
    const parent = this.#open.at(-1);
    if (parent === undefined || this.#open.length < DEPTH_OF_OPERATION)
      throw malformed(`${name} stands beside its operation; a request has one operation and ends with it`);
    if (this.#open.length === MAX_DEPTH) throw malformed(`elements are nested deeper than ${MAX_DEPTH}`);
    const scope: NamespaceScope = tag.includes('xmlns') ? parent.scope.inside(() => element.attributes) : parent.scope;
    const element = new ElementStart(name, tag, this.#open.length - 1, scope, this.#encoding, this.#tagPlace);
    this.#open.push({ qName: name, scope });
    for (const handler of this.#handlers) handler.startElement(element);
    if (element.selfClosing) this.#close();
  }

  #close(): void {
    if (this.#open.length >= DEPTH_OF_OPERATION)
      for (const handler of this.#handlers) handler.endElement(this.#tagPlace);
    this.#open.pop();
  }
}

function startsWith(bytes: Buffer, at: number, token: Buffer): boolean {
  if (bytes.length - at < token.length) return false;
  for (let index = 1; index < token.length; index++) if (bytes[at + index] !== token[index]) return false;
  return true;
}

/** Whether all that is left of the bytes is the beginning of the token. */
function isBeginning(bytes: Buffer, at: number, token: Buffer): boolean {
  const length = bytes.length - at;
  return length < token.length && bytes.subarray(at).equals(token.subarray(0, length));
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let index = from; index < to; index++) {
    const byte = bytes[index];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}

function utf16ToUtf8({ family }: DetectedEncoding): (bytes: Buffer) => Buffer {
  const decoder = new StringDecoder('utf16le');
  let odd = NOTHING;
  return (bytes) => {
    if (family === 'utf-16le') return Buffer.from(decoder.write(bytes));
    const all = Buffer.concat([odd, bytes]);
    const even = all.length - (all.length % 2);
    odd = all.subarray(even);
    return Buffer.from(decoder.write(all.subarray(0, even).swap16()));
  };
}

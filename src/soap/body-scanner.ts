/**
 * Looks through a SOAP body while it streams by, from the end of its head.
 *
 * It holds two things: that the operation that was read in the head is the only one there is (no
 * second child of Body, no second Body, nothing behind it), and that a visitor sees the elements
 * that decide what the operation reaches. Namespaces do not matter here: an element of the right
 * name in a wrong namespace is refused by Exchange, so that taking it for the right one is the safe
 * side. Entities and content models are left to Exchange.
 *
 * Nothing is kept but the tags that are open and what a tag cut off at the end of a chunk needs.
 */
import { GatewayError } from '../errors.ts';
import { bytesToText, decodeText, type EncodingState } from './encoding.ts';
import type { EnvelopeHead } from './envelope-head.ts';
import { malformed, unescapeXml } from './tokenizer.ts';

/** Told of what a body holds; throws a GatewayError to refuse it. */
export interface BodyVisitor {
  /** Where none of these words stands in a body, the visitor has nothing to see in it. */
  readonly words: RegExp;
  /** Local names of elements whose text is wanted. */
  readonly texts: ReadonlySet<string>;
  element(localName: string): void;
  /** @param path local names from the operation down to the element */
  text(path: readonly string[], text: string): void;
}

/** More than any tag of EWS has, in characters. */
const MAX_TAG = 64 * 1024;
/** More than any address or id has. */
const MAX_TEXT = 8 * 1024;
const MAX_DEPTH = 1_000;
const NAME =
  /^<([A-Za-z_\u0080-\uffff][-.\w\u0080-\uffff]*(?::[A-Za-z_\u0080-\uffff][-.\w\u0080-\uffff]*)?)(?=[ \t\r\n/>])/;
const END_TAG = /^<\/([^ \t\r\n>]+)[ \t\r\n]*>$/;
const TERMINATORS = { comment: '-->', cdata: ']]>', instruction: '?>' } as const;
/** Inside Envelope and Body the operation is the third. */
const DEPTH_OF_OPERATION = 3;

export class BodyScanner {
  readonly #head: EnvelopeHead;
  readonly #visitor: BodyVisitor;
  readonly #encoding: EncodingState;
  /** Names of the open elements as written, Envelope first. */
  readonly #open: string[];
  #mode: 'content' | keyof typeof TERMINATORS = 'content';
  #carried = '';
  /** Text of the element that is being collected, as written; undefined outside of one. */
  #collected: { raw: string; readonly withReferences: boolean }[] | undefined;
  #collectingDepth = 0;

  constructor(head: EnvelopeHead, visitor: BodyVisitor) {
    this.#head = head;
    this.#visitor = visitor;
    this.#encoding = { encoding: head.encoding, odd: undefined };
    this.#open = [head.envelopeName, head.bodyName, ...(head.operation.selfClosing ? [] : [head.operation.qName])];
  }

  /** A body that is here whole, from the end of its head. */
  whole(bytes: Buffer): void {
    if (this.#isPlain(bytes)) return;
    this.push(bytes);
    this.end();
  }

  /** The next piece of a body. @throws GatewayError where it has to be refused */
  push(bytes: Buffer): void {
    const text = this.#carried + bytesToText(bytes, this.#encoding);
    this.#carried = '';
    let position = 0;
    while (position < text.length) position = this.#token(text, position);
  }

  /** The body is over. @throws GatewayError where the document is not */
  end(): void {
    if (this.#open.length > 0 || this.#mode !== 'content' || this.#carried !== '')
      throw malformed('it ends inside an element');
  }

  /**
   * Whether a body needs no closer look, told in a tenth of the time: nothing the visitor looks for,
   * no comments, and one end tag with the operation's name, behind which the envelope ends. Were
   * there a second operation, the first would have to end before it, with a second such tag.
   */
  #isPlain(bytes: Buffer): boolean {
    if (this.#head.encoding.unit !== 1) return false;
    const text = bytes.toString('latin1');
    if (text.includes('<!') || this.#visitor.words.test(text)) return false;
    const { qName, selfClosing } = this.#head.operation;
    let end = 0;
    if (!selfClosing) {
      const tag = `</${qName}`;
      end = text.indexOf(tag);
      if (end === -1 || text.includes(tag, end + 1)) return false;
      end += tag.length;
    }
    const rest = text
      .slice(end)
      .split('>')
      .map((piece) => piece.trim());
    const expected = [...(selfClosing ? [] : ['']), `</${this.#head.bodyName}`, `</${this.#head.envelopeName}`, ''];
    return rest.length === expected.length && rest.every((piece, index) => piece === expected[index]);
  }

  /** Takes one token, or keeps what is not whole for the next piece. Returns where to go on. */
  #token(text: string, position: number): number {
    if (this.#mode !== 'content') return this.#insideMarkup(text, position, this.#mode);
    const open = text.indexOf('<', position);
    if (open !== position) {
      this.#characters(text.slice(position, open === -1 ? undefined : open));
      return open === -1 ? text.length : open;
    }
    if (text.startsWith('<!--', open)) {
      this.#mode = 'comment';
      return open + 4;
    }
    if (text.startsWith('<![CDATA[', open)) {
      if (this.#open.length < DEPTH_OF_OPERATION) throw malformed('text stands beside its operation');
      this.#mode = 'cdata';
      return open + 9;
    }
    if (text.startsWith('<?', open)) {
      this.#mode = 'instruction';
      return open + 2;
    }
    const rest = text.length - open;
    const cutOff = rest < 9 && ('<!--'.startsWith(text.slice(open)) || '<![CDATA['.startsWith(text.slice(open)));
    if (!cutOff && text.startsWith('<!', open)) throw malformed('a declaration stands in its body');
    const end = cutOff ? -1 : endOfTag(text, open);
    if (end === -1) {
      if (rest > MAX_TAG) throw malformed('a tag is longer than any of EWS');
      this.#carried = text.slice(open);
      return text.length;
    }
    this.#tag(text.slice(open, end + 1));
    return end + 1;
  }

  #insideMarkup(text: string, position: number, mode: keyof typeof TERMINATORS): number {
    const terminator = TERMINATORS[mode];
    const end = text.indexOf(terminator, position);
    // What may be the terminator's beginning is looked at again with the next piece.
    const upTo = end === -1 ? Math.max(position, text.length - terminator.length + 1) : end;
    if (mode === 'cdata') this.#collect(text.slice(position, upTo), false);
    if (end === -1) {
      this.#carried = text.slice(upTo);
      return text.length;
    }
    this.#mode = 'content';
    return end + terminator.length;
  }

  #characters(text: string): void {
    if (this.#open.length < DEPTH_OF_OPERATION) {
      if (/[^ \t\r\n]/.test(text)) throw malformed('text stands beside its operation');
    } else this.#collect(text, true);
  }

  /** Keeps a piece of text. It is decoded when it is whole: a chunk may end inside a character or reference. */
  #collect(raw: string, withReferences: boolean): void {
    if (this.#collected === undefined) return;
    const last = this.#collected.at(-1);
    if (last?.withReferences === withReferences) last.raw += raw;
    else this.#collected.push({ raw, withReferences });
    if (this.#collected.reduce((sum, piece) => sum + piece.raw.length, 0) > MAX_TEXT) {
      throw new GatewayError(
        'REQUEST_UNDECIDABLE',
        'A name or id in the request is too long for the gateway to check, so it was not sent to Exchange.',
      );
    }
  }

  #tag(tag: string): void {
    if (tag.startsWith('</')) {
      const name = END_TAG.exec(tag)?.[1];
      if (name === undefined || name !== this.#open.at(-1))
        throw malformed(`an end tag does not fit: ${tag.slice(0, 100)}`);
      this.#closed();
      this.#open.pop();
      return;
    }
    const name = NAME.exec(tag)?.[1];
    if (name === undefined) throw malformed('a tag is not valid');
    if (this.#open.length < DEPTH_OF_OPERATION)
      throw malformed(`${name} stands beside its operation; a request has one operation and ends with it`);
    const localName = name.slice(name.indexOf(':') + 1);
    this.#visitor.element(localName);
    if (this.#open.length === MAX_DEPTH) throw malformed(`elements are nested deeper than ${MAX_DEPTH}`);
    this.#open.push(name);
    if (this.#collected === undefined && this.#visitor.texts.has(localName)) {
      this.#collected = [];
      this.#collectingDepth = this.#open.length;
    }
    if (tag.endsWith('/>')) {
      this.#closed();
      this.#open.pop();
    }
  }

  /** The innermost element ends. */
  #closed(): void {
    if (this.#collected === undefined || this.#open.length !== this.#collectingDepth) return;
    const path = this.#open.slice(DEPTH_OF_OPERATION - 1).map((name) => name.slice(name.indexOf(':') + 1));
    const text = this.#collected
      .map(({ raw, withReferences }) => {
        const decoded = decodeText(raw, this.#head.encoding, this.#head.declaredEncoding);
        return withReferences ? unescapeXml(decoded) : decoded;
      })
      .join('')
      .trim();
    this.#collected = undefined;
    this.#visitor.text(path, text);
  }
}

/** Index of the `>` that ends the tag, -1 where it has not come; `>` in quotes does not. */
function endOfTag(text: string, start: number): number {
  let position = start;
  for (;;) {
    const end = text.indexOf('>', position);
    if (end === -1) return -1;
    const quote = firstQuote(text, position, end);
    if (quote === -1) return end;
    const closing = text.indexOf(text.charAt(quote), quote + 1);
    if (closing === -1) return -1;
    position = closing + 1;
  }
}

function firstQuote(text: string, from: number, to: number): number {
  for (let index = from; index < to; index++) {
    const character = text.charAt(index);
    if (character === '"' || character === "'") return index;
  }
  return -1;
}

const ID = /<(?:[\w.-]+:)?(?:ItemId|AttachmentId|FolderId|OccurrenceItemId)[ \t\r\n]/g;

/** About how many items, folders and attachments a request of one byte a character names by id: for statistics only. */
export function countIds(document: Buffer): number {
  return document.toString('latin1').match(ID)?.length ?? 0;
}

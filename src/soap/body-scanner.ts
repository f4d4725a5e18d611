/**
 * Looks for what decides about a SOAP body while it streams by, from the end of its head.
 *
 * {@link BodyReader} holds that the body is one operation; here a visitor sees the elements that
 * decide what the operation reaches. Namespaces do not matter here: an element of the right name in a
 * wrong namespace is refused by Exchange, so that taking it for the right one is the safe side.
 * Entities and content models are left to Exchange.
 */
import { GatewayError } from '../errors.ts';
import { BodyReader, type BodyHandler, type TextPiece } from './body-reader.ts';
import type { ElementStart, TextEncoding } from './element-start.ts';
import type { EnvelopeHead } from './envelope-head.ts';
import { TextCollector } from './text-collector.ts';

/** Sees what a body holds; throws a GatewayError to refuse it. */
export interface BodyVisitor {
  /** Where none of these words stands in a body, the visitor has nothing to see in it. */
  readonly words: RegExp;
  /** Local names of elements whose text is wanted. */
  readonly texts: ReadonlySet<string>;
  element(localName: string): void;
  /** @param path local names from the operation down to the element */
  text(path: readonly string[], text: string): void;
}

/** More than any address or id has, in bytes as written. */
const MAX_TEXT = 8 * 1024;
/** White space of XML. */
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Reports to a visitor what it looks for, as a handler of a {@link BodyReader}. */
export class VisitorHandler implements BodyHandler {
  readonly #visitor: BodyVisitor;
  /** Local names from the operation down to the open element. */
  readonly #path: string[];
  #collector: TextCollector | undefined;
  #collectingDepth = 0;

  constructor(head: EnvelopeHead, visitor: BodyVisitor) {
    this.#visitor = visitor;
    this.#path = head.operation.selfClosing ? [] : [head.operation.localName];
  }

  get wantsText(): boolean {
    return this.#collector !== undefined;
  }

  startElement({ localName }: ElementStart): void {
    this.#visitor.element(localName);
    this.#path.push(localName);
    if (this.#collector !== undefined || !this.#visitor.texts.has(localName)) return;
    this.#collector = new TextCollector({ limit: MAX_TEXT, tooLong: undecidable });
    this.#collectingDepth = this.#path.length;
  }

  text(piece: TextPiece, encoding: TextEncoding): void {
    this.#collector?.add(piece, encoding);
  }

  endElement(): void {
    if (this.#collector !== undefined && this.#path.length === this.#collectingDepth) {
      const text = this.#collector.text.trim();
      this.#collector = undefined;
      this.#visitor.text([...this.#path], text);
    }
    this.#path.pop();
  }
}

function undecidable(): never {
  throw new GatewayError(
    'REQUEST_UNDECIDABLE',
    'A name or id in the request is too long for the gateway to check, so it was not sent to Exchange.',
  );
}

export class BodyScanner {
  readonly #head: EnvelopeHead;
  readonly #visitor: BodyVisitor;
  #made: BodyReader | undefined;

  constructor(head: EnvelopeHead, visitor: BodyVisitor) {
    this.#head = head;
    this.#visitor = visitor;
  }

  /** A body that is here whole, from the end of its head. */
  whole(bytes: Buffer): void {
    if (this.#isPlain(bytes)) return;
    this.push(bytes);
    this.end();
  }

  /** The next piece of a body. @throws GatewayError where it has to be refused */
  push(bytes: Buffer): void {
    this.#reader.push(bytes);
  }

  /** The body is over. @throws GatewayError where the document is not */
  end(): void {
    this.#reader.end();
  }

  /** Made only for a body that is no plain one. */
  get #reader(): BodyReader {
    return (this.#made ??= new BodyReader(this.#head, [new VisitorHandler(this.#head, this.#visitor)]));
  }

  /**
   * Whether a body needs no closer look, told in a tenth of the time: nothing the visitor looks for,
   * no comments, and one end tag with the operation's name, behind which the envelope ends. Were
   * there a second operation, the first would have to end before it, with a second such tag.
   */
  #isPlain(bytes: Buffer): boolean {
    if (this.#head.encoding.unit !== 1) return false;
    const text = bytes.toString('latin1');
    if (text.includes('<!')) return false;
    const { qName, selfClosing } = this.#head.operation;
    let end = 0;
    if (!selfClosing) {
      const tag = `</${qName}`;
      end = text.indexOf(tag);
      if (end === -1 || text.includes(tag, end + 1)) return false;
      // Behind it only the end tags of Body and Envelope may stand, whose names the visitor may look for inside.
      if (this.#visitor.words.test(text.slice(0, end))) return false;
      end += tag.length;
    }
    return endsWith(text, end, [
      ...(selfClosing ? [] : ['']),
      `</${this.#head.bodyName}`,
      `</${this.#head.envelopeName}`,
    ]);
  }
}

/** Whether only these tags, up to their `>`, stand behind a position, with nothing but white space around. */
function endsWith(text: string, from: number, tags: readonly string[]): boolean {
  let position = from;
  for (const tag of tags) {
    position = skipBlanks(text, position);
    if (!text.startsWith(tag, position)) return false;
    position = skipBlanks(text, position + tag.length);
    if (text[position++] !== '>') return false;
  }
  return skipBlanks(text, position) === text.length;
}

function skipBlanks(text: string, from: number): number {
  let position = from;
  while (BLANKS.has(text.charCodeAt(position))) position++;
  return position;
}

const ID = /<(?:[\w.-]+:)?(?:ItemId|AttachmentId|FolderId|OccurrenceItemId)[ \t\r\n]/g;

/** About how many items, folders and attachments a request of one byte a character names by id: for statistics only. */
export function countIds(document: Buffer): number {
  return document.toString('latin1').match(ID)?.length ?? 0;
}

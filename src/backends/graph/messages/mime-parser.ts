/**
 * Takes MIME apart with PostalMime, within bounds: what is in a mailbox was sent by anybody, and the parser does not
 * let go of the processor by itself.
 */
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import PostalMime, { type Email, type PostalMimeOptions } from 'postal-mime';
import { MAX_CONTENT_IN_MEMORY } from '../../../ews/content-collector.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import type { SpooledContent, SpoolFactory, SpoolWriter } from '../../../ews/spool.ts';
import { streamed } from '../../../network/buffer-collection.ts';

/** A few milliseconds' worth. */
const LINES_AT_ONCE = 2_000;
/** Lines like a boundary: each may begin a part, which costs as much as a hundred other lines. */
const MOST_BOUNDARIES = 10_000;
const DEEPEST_PART = 50;
/** Small pieces of a part's content that are put together: two for each line, where nothing has to be decoded. */
const MOST_PIECES = 2_000;
const DASH = 0x2d;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const OPTIONS: PostalMimeOptions = {
  attachmentEncoding: 'arraybuffer',
  forceRfc822Attachments: true,
  maxNestingDepth: DEEPEST_PART,
};

/** A part of a message as PostalMime has it while it reads. */
interface Part {
  /** Takes a line that is no boundary. */
  feed(line: Uint8Array): void;
  readonly contentType: { readonly parsed: { readonly value: string }; readonly multipart: string | false };
  /** Gathers the content: what it has decoded is its own until the part ends. */
  readonly contentDecoder: { chunks: (ArrayBuffer | Uint8Array | string)[] } | null;
  /** What it had gathered at the end. */
  readonly content: ArrayBuffer | null;
}

/** PostalMime with what it calls for each line, which its types leave out; mime-does-not-stall.test.ts holds it. */
const LineParser = PostalMime as unknown as new (options: PostalMimeOptions) => PostalMime & {
  readonly currentNode: Part;
  processLine(line: Uint8Array, isFinal: boolean): Promise<void>;
  isInlineTextNode(part: Part): boolean;
};

class BoundedParser extends LineParser {
  readonly #spools: SpoolFactory | undefined;
  readonly #writers = new Map<Part, SpoolWriter>();
  #lines = 0;
  #boundaries = 0;

  /** @param spools where large contents go while they are read */
  constructor(spools?: SpoolFactory) {
    super(OPTIONS);
    this.#spools = spools;
  }

  override async processLine(line: Uint8Array, isFinal: boolean): Promise<void> {
    if (++this.#lines % LINES_AT_ONCE === 0) await nextTurn();
    if (line[0] === DASH && line[1] === DASH && ++this.#boundaries > MOST_BOUNDARIES)
      throw new ResponseError(
        'ErrorMimeContentConversionFailed',
        `The MIME content has more than ${MOST_BOUNDARIES} lines that look like a boundary.`,
      );
    await super.processLine(line, isFinal);
    if (this.#spools !== undefined) this.#empty(this.currentNode, this.#spools);
  }

  /** Reads a message as it comes. */
  async parseStream(mime: Readable): Promise<ParsedMime> {
    let last: Uint8Array | undefined;
    let begun: Buffer[] = [];
    for await (const piece of mime as AsyncIterable<Buffer>) {
      streamed(piece.length);
      let start = 0;
      for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, start)) {
        const pause = last === undefined ? undefined : this.#take(last);
        if (pause !== undefined) await pause;
        const line = piece.subarray(start, end);
        last = withoutReturn(begun.length === 0 ? line : Buffer.concat([...begun, line]));
        begun = [];
        start = end + 1;
      }
      if (start < piece.length) begun.push(piece.subarray(start));
    }
    if (begun.length > 0) {
      if (last !== undefined) await this.#take(last);
      last = withoutReturn(Buffer.concat(begun));
    }
    if (last !== undefined) await this.processLine(last, true);
    // There is nothing left to read for it: it puts together what it has.
    const mail = await this.parse(new ArrayBuffer(0));
    const spooled = new Map<unknown, SpooledContent>();
    for (const [{ content }, writer] of this.#writers) {
      if (content !== null) writer.write(Buffer.from(content));
      spooled.set(content, writer.finish());
    }
    return { mail, spooled };
  }

  /** A line that is not the last. Nearly all need no promise, of which a large message would make millions. */
  #take(line: Uint8Array): Promise<void> | undefined {
    if (line[0] === DASH && line[1] === DASH) return this.processLine(line, false);
    this.currentNode.feed(line);
    if (this.#spools !== undefined) this.#empty(this.currentNode, this.#spools);
    return ++this.#lines % LINES_AT_ONCE === 0 ? nextTurn() : undefined;
  }

  /** Moves what was decoded of a file to its spool, once it is much. */
  #empty(part: Part, spools: SpoolFactory): void {
    const { contentDecoder: decoder } = part;
    const [first] = decoder?.chunks ?? [];
    if (decoder === null || first === undefined || typeof first === 'string') return;
    if (decoder.chunks.length < MOST_PIECES && first.byteLength <= MAX_CONTENT_IN_MEMORY) return;
    if (part.contentType.multipart !== false || this.isInlineTextNode(part) || isCalendar(part)) return;
    const bytes = Buffer.concat(decoder.chunks.map(bytesOf));
    let writer = this.#writers.get(part);
    if (writer === undefined && bytes.length <= MAX_CONTENT_IN_MEMORY) {
      decoder.chunks = [bytes];
      return;
    }
    if (writer === undefined) this.#writers.set(part, (writer = spools.create()));
    writer.write(bytes);
    decoder.chunks = [];
  }
}

/** PostalMime reads it as text. */
function isCalendar({ contentType }: Part): boolean {
  return contentType.parsed.value === 'text/calendar' || contentType.parsed.value === 'application/ics';
}

function withoutReturn(line: Buffer): Buffer {
  let end = line.length;
  while (line[end - 1] === RETURN) end--;
  return line.subarray(0, end);
}

/** The bytes of a part, without a copy where they are bytes already. */
export function bytesOf(content: ArrayBuffer | Uint8Array | string): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof Uint8Array
    ? Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    : Buffer.from(content);
}

/**
 * PostalMime's reading, with messages in messages as files of their own. Others have their turn meanwhile.
 *
 * @throws ResponseError where it has too many parts, Error where they are too deep or the headers too long
 */
export function parseMime(mime: Buffer): Promise<Email> {
  return new BoundedParser().parse(mime);
}

export interface ParsedMime {
  readonly mail: Email;
  /** Large contents, by the content that the attachment has: only the end of them is there. */
  readonly spooled: ReadonlyMap<unknown, SpooledContent>;
}

/** As {@link parseMime}, of a message that is never whole in memory: only its texts, and small files, are. */
export function parseMimeStream(mime: Readable, spools: SpoolFactory): Promise<ParsedMime> {
  return new BoundedParser(spools).parseStream(mime);
}

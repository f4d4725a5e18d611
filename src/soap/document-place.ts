/**
 * Places in a document, as .NET's XmlReader counts them: lines and UTF-16 units from 1, where CR, LF, or both together
 * end a line.
 *
 * @see https://learn.microsoft.com/dotnet/api/system.xml.ixmllineinfo
 */
import { isAscii } from 'node:buffer';

export interface DocumentPlace {
  readonly line: number;
  readonly position: number;
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
/** From so many bytes on a look at all of them pays. */
const LONG = 256;

/** Counts on while a document comes in pieces. */
export class PlaceCounter {
  #line: number;
  #position: number;
  readonly #isUtf8: boolean;
  #isAfterReturn = false;

  /** @param isUtf8 whether bytes are UTF-8; else each is a character */
  constructor({ line, position }: DocumentPlace, isUtf8: boolean) {
    this.#line = line;
    this.#position = position;
    this.#isUtf8 = isUtf8;
  }

  /** Behind what was counted. */
  get place(): DocumentPlace {
    return { line: this.#line, position: this.#position };
  }

  count(bytes: Buffer, from = 0, to = bytes.length): void {
    const piece = to - from < LONG || this.#isAfterReturn ? undefined : bytes.subarray(from, to);
    if (piece !== undefined && isAscii(piece) && !piece.includes(RETURN)) this.#countCharacters(piece);
    else this.#countBytes(bytes, from, to);
  }

  /** ASCII without CR, as contents are, in a fraction of the time. */
  #countCharacters(piece: Buffer): void {
    const last = piece.lastIndexOf(LINE_FEED);
    if (last === -1) this.#position += piece.length;
    else {
      for (let index = 0; index <= last; index++) if (piece[index] === LINE_FEED) this.#line++;
      this.#position = piece.length - last;
    }
  }

  #countBytes(bytes: Buffer, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const byte = bytes[index] ?? 0;
      if (byte === LINE_FEED || byte === RETURN) {
        if (byte === RETURN || !this.#isAfterReturn) this.#line++;
        this.#position = 1;
      } else if (!this.#isUtf8 || byte < 0x80) this.#position++;
      // The first byte of a character stands for all of it; beyond U+FFFF it has two units.
      else if (byte >= 0xc0) this.#position += byte >= 0xf0 ? 2 : 1;
      this.#isAfterReturn = byte === RETURN;
    }
  }
}

/** The place behind a text that stands at another. */
export function placeBehind(start: DocumentPlace, text: string): DocumentPlace {
  const counter = new PlaceCounter(start, true);
  counter.count(Buffer.from(text));
  return counter.place;
}

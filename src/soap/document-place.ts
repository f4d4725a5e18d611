/**
 * Places in a document, as .NET's XmlReader counts them: lines and UTF-16 units from 1, where CR, LF, or both together
 * end a line.
 *
 * @see https://learn.microsoft.com/dotnet/api/system.xml.ixmllineinfo
 */
export interface DocumentPlace {
  readonly line: number;
  readonly position: number;
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;

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

  count(bytes: Uint8Array, from = 0, to = bytes.length): void {
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

/**
 * Takes MIME apart with PostalMime, within bounds: what is in a mailbox was sent by anybody, and the parser does not
 * let go of the processor by itself.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import PostalMime, { type Email, type PostalMimeOptions } from 'postal-mime';
import { ResponseError } from '../../../ews/response-messages.ts';

/** A few milliseconds' worth. */
const LINES_AT_ONCE = 2_000;
/** Lines like a boundary: each may begin a part, which costs as much as a hundred other lines. */
const MOST_BOUNDARIES = 10_000;
const DEEPEST_PART = 50;
const DASH = 0x2d;

/** PostalMime with what it calls for each line, which its types leave out; mime-does-not-stall.test.ts holds it. */
const LineParser = PostalMime as unknown as new (
  options: PostalMimeOptions,
) => PostalMime & { processLine(line: Uint8Array, isFinal: boolean): Promise<void> };

class BoundedParser extends LineParser {
  #lines = 0;
  #boundaries = 0;

  override async processLine(line: Uint8Array, isFinal: boolean): Promise<void> {
    if (++this.#lines % LINES_AT_ONCE === 0) await nextTurn();
    if (line[0] === DASH && line[1] === DASH && ++this.#boundaries > MOST_BOUNDARIES)
      throw new ResponseError(
        'ErrorMimeContentConversionFailed',
        `The MIME content has more than ${MOST_BOUNDARIES} lines that look like a boundary.`,
      );
    return super.processLine(line, isFinal);
  }
}

/**
 * PostalMime's reading, with messages in messages as files of their own. Others have their turn meanwhile.
 *
 * @throws ResponseError where it has too many parts, Error where they are too deep or the headers too long
 */
export function parseMime(mime: Buffer): Promise<Email> {
  return new BoundedParser({
    attachmentEncoding: 'arraybuffer',
    forceRfc822Attachments: true,
    maxNestingDepth: DEEPEST_PART,
  }).parse(mime);
}

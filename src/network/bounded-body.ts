/** Reads bodies whole that are short unless something is wrong. */

/** @returns undefined where it is longer: the rest is not read then, which ends its connection */
export async function readBounded(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer | undefined> {
  const pieces = await boundedPieces(body, maxBytes);
  return pieces && Buffer.concat(pieces);
}

/** The same in the pieces in which it comes. */
export async function boundedPieces(
  body: AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<readonly Buffer[] | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > maxBytes) return undefined;
    pieces.push(piece);
  }
  return pieces;
}

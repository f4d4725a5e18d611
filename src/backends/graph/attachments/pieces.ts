import type { Readable } from 'node:stream';

/** All that a stream gives; undefined where that is more bytes, which are not read. */
export async function pieces(stream: Readable, most: number): Promise<readonly Buffer[] | undefined> {
  const read: Buffer[] = [];
  let size = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > most) {
      stream.destroy();
      return undefined;
    }
    read.push(piece);
  }
  return read;
}

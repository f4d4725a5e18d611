/** Contents of requests in memory, where the gateway would use files: a simulator's requests are small. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { EwsElement } from '../../ews/element.ts';
import type { SpoolFactory } from '../../ews/spool.ts';

export const MEMORY_SPOOL: SpoolFactory = {
  create: () => {
    const chunks: Buffer[] = [];
    return {
      write: (bytes) => void chunks.push(Buffer.from(bytes)),
      finish: () => {
        const whole = Buffer.concat(chunks);
        return { size: whole.length, createReadStream: () => Readable.from([whole]), dispose: () => undefined };
      },
      dispose: () => undefined,
    };
  },
};

/** Decoded bytes of `t:Content` or `t:MimeContent`; none where the element is missing. */
export async function bytesOf(element: EwsElement | undefined): Promise<Buffer> {
  return element?.content === undefined ? Buffer.alloc(0) : buffer(element.content.createReadStream());
}

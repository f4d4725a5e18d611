/**
 * How far the client of a stream has heard, by the subscription's id, so that its next connection goes on there. In
 * memory: a stream's subscription has no watermark that would travel with the client.
 */
import { createHash } from 'node:crypto';
import { lruCache } from '../../../lru-cache.ts';
import type { Position } from './mailbox-events.ts';

/** Minutes: Exchange ends a stream's subscription that has had no connection for about this long. */
export const STREAM_LIFETIME = 30;
const MAX_STREAMS = 5_000;

export class StreamPositions {
  readonly #positions = lruCache<string, readonly Position[]>(MAX_STREAMS, STREAM_LIFETIME * 60_000);

  get(id: string): readonly Position[] | undefined {
    return this.#positions.get(keyOf(id));
  }

  set(id: string, positions: readonly Position[]): void {
    this.#positions.set(keyOf(id), positions);
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

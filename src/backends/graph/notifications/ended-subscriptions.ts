/**
 * Subscriptions that were ended before their time. In memory: another gateway, or this one after a restart, would go
 * on with one, which harms nobody.
 */
import { createHash } from 'node:crypto';
import { lruCache } from '../../../lru-cache.ts';

const MAX_ENDED = 10_000;

export class EndedSubscriptions {
  readonly #ended = lruCache<string, true>(MAX_ENDED);

  end(id: string): void {
    this.#ended.set(keyOf(id), true);
  }

  has(id: string): boolean {
    return this.#ended.has(keyOf(id));
  }
}

/** Ids are long. */
function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

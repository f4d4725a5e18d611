/**
 * Credentials that were verified since the start. Each is bound to the hash it was verified against: once
 * another hash counts for its name, it has to be verified again. Kept in memory only, as HMACs under a key
 * of this process: nothing here reaches the disk, where it would be quicker to guess from than the slow hash.
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import type { LRUCache } from 'lru-cache';
import { lruCache } from '../lru-cache.ts';
import { normalized } from '../normal-form.ts';
import type { Credentials } from './basic-credentials.ts';
import { normalName } from './user-name.ts';

interface Verified {
  readonly name: string;
  /** Text of the hash. */
  hash: string;
}

const MAX_REMEMBERED = 10_000;

export class CredentialCache {
  readonly #key = createSecretKey(randomBytes(32));
  readonly #verified: LRUCache<string, Verified>;
  #revocations = 0;

  /** @param max credentials that are remembered; the latest used stay */
  constructor(max = MAX_REMEMBERED) {
    this.#verified = lruCache(max);
  }

  /** How often passwords have stopped to count: what was taken from here before may no longer be true. */
  get revocations(): number {
    return this.#revocations;
  }

  /** One key for all spellings of a credential. A user name holds no colon. */
  keyOf({ username, password }: Credentials): string {
    const text = `${normalName(username)}:${normalized(password, 'NFC')}`;
    return createHmac('sha256', this.#key).update(text).digest('base64');
  }

  /** Whether it was verified against this hash. */
  isVerified(key: string, hash: string | undefined): boolean {
    return hash !== undefined && this.#verified.get(key)?.hash === hash;
  }

  /** Whether it was right at some time since the start, also against a hash that no longer counts. */
  wasRight(key: string): boolean {
    return this.#verified.has(key);
  }

  remember(key: string, name: string, hash: string): void {
    this.#verified.set(key, { name, hash });
  }

  forget(key: string): void {
    this.#verified.delete(key);
  }

  /** A hash may have been replaced by another gateway. */
  lookAgain(): void {
    this.#revocations++;
  }

  /** Takes from every credential of a name what it has earned. */
  forgetName(name: string): void {
    this.#revocations++;
    for (const [key, verified] of this.#verified.entries()) if (verified.name === name) this.#verified.delete(key);
  }

  /** The same password has another hash now. */
  rebind(name: string, from: string, to: string): void {
    for (const verified of this.#verified.values())
      if (verified.name === name && verified.hash === from) verified.hash = to;
  }
}

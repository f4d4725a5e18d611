/**
 * Memory for the trees of all requests that are read at the same time. An element takes hundreds of bytes for each of
 * its seven in a request, so that a few requests of a megabyte, sent by one caller, would fill the process.
 */
import { GatewayError } from '../errors.ts';

/** Of all trees together, in bytes; half of it is the most that one owner may have. */
const CAPACITY = 512 * 1024 * 1024;
/** What each tree has besides: a request of some hundred elements never waits for those of others. */
const FREE = 256 * 1024;
const BACK_OFF = 5_000;

export class TreeBudget {
  readonly #capacity: number;
  readonly #byOwner = new Map<string, number>();
  #used = 0;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /** What the trees hold now, but for the share that each has besides. */
  get used(): number {
    return this.#used;
  }

  /** @param owner whose request it is */
  share(owner: string): TreeShare {
    return new TreeShare((bytes) => this.#take(owner, bytes));
  }

  #take(owner: string, bytes: number): void {
    const own = (this.#byOwner.get(owner) ?? 0) + bytes;
    if (bytes > 0 && (this.#used + bytes > this.#capacity || own > this.#capacity / 2))
      throw new GatewayError(
        'SPOOL_FULL',
        'The requests that are read now have as much memory as there is for them. Try again later.',
        { backOffMilliseconds: BACK_OFF },
      );
    this.#used += bytes;
    if (own === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, own);
  }
}

/** Of one tree. */
export class TreeShare {
  readonly #take: (bytes: number) => void;
  #bytes = 0;
  #taken = 0;

  constructor(take: (bytes: number) => void) {
    this.#take = take;
  }

  /** @throws GatewayError SPOOL_FULL */
  add(bytes: number): void {
    this.#bytes += bytes;
    const more = Math.max(0, this.#bytes - FREE) - this.#taken;
    if (more <= 0) return;
    this.#take(more);
    this.#taken += more;
  }

  /** The tree is of no use any more. */
  end(): void {
    this.#take(-this.#taken);
    this.#taken = 0;
    this.#bytes = 0;
  }
}

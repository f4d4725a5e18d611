/** Memory for what can only be worked on whole: so much at a time, in the order in which it was asked for. */
import { GatewayError } from '../../../errors.ts';

export class MemoryBudget {
  readonly #capacity: number;
  readonly #waiting: { readonly bytes: number; readonly grant: () => void }[] = [];
  #used = 0;

  /** @param capacity bytes */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Does something once there is memory for it. What needs more than there is has all of it, and is alone.
   *
   * @param signal of the request: a client that is gone waits no longer
   * @throws GatewayError CLIENT_GONE, or what `act` throws
   */
  async with<T>(bytes: number, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
    const taken = Math.min(bytes, this.#capacity);
    await this.#take(taken, signal);
    try {
      return await act();
    } finally {
      this.#used -= taken;
      this.#advance();
    }
  }

  /** Who waits for memory now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  async #take(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw clientGone();
    if (this.#waiting.length === 0 && this.#used + bytes <= this.#capacity) {
      this.#used += bytes;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { bytes, grant: resolve };
    const leave = (): void => {
      const at = this.#waiting.indexOf(waiter);
      if (at === -1) return;
      this.#waiting.splice(at, 1);
      reject(clientGone());
      this.#advance();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.push(waiter);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #advance(): void {
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || this.#used + first.bytes > this.#capacity) return;
      this.#waiting.shift();
      this.#used += first.bytes;
      first.grant();
    }
  }
}

function clientGone(): GatewayError {
  return new GatewayError('CLIENT_GONE', 'The client closed the connection while its message waited to be read.');
}

/** Faults to come: each is given to one request that fits, in order. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface ScriptedFault {
  /** Only for requests of this operation; default: any. */
  readonly operation?: string;
  /** For this many requests; default 1. */
  readonly times?: number;
  /** Milliseconds to wait first. Without a status the request is then served as usual. */
  readonly delay?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Break the connection: before any answer, or after half of the usual one. */
  readonly cut?: 'before' | 'midway';
}

/** What a fault may be chosen by, besides the operation. */
export interface FaultTarget {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const UNKNOWN: FaultTarget = { path: '', headers: {}, body: Buffer.alloc(0) };

export class FaultScript<Fault extends ScriptedFault = ScriptedFault> {
  readonly #faults: { readonly fault: Fault; left: number }[] = [];
  #asked = 0;
  /** Asked where none is scripted: for faults that depend on the request, such as random ones. */
  choose: (operation: string, target: FaultTarget) => Fault | undefined = () => undefined;

  add(...faults: readonly Fault[]): void {
    this.#faults.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
  }

  /** Requests so far. */
  get asked(): number {
    return this.#asked;
  }

  /** Faults that are still to be played. */
  get pending(): number {
    return this.#faults.length;
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** The next fault that fits, which is used up by it, else the chosen one. */
  take(operation: string, target = UNKNOWN): Fault | undefined {
    this.#asked++;
    const entry = this.#faults.find(({ fault }) => fault.operation === undefined || fault.operation === operation);
    if (entry !== undefined && --entry.left <= 0) this.#faults.splice(this.#faults.indexOf(entry), 1);
    return entry === undefined ? this.choose(operation, target) : entry.fault;
  }

  /**
   * Plays the next fault that fits.
   *
   * @returns 'served' where the request is dealt with, else how to serve it
   */
  async play(
    request: IncomingMessage,
    response: ServerResponse,
    operation: string,
    body?: Buffer,
  ): Promise<'served' | 'normal' | 'cut midway'> {
    const { url = '', headers } = request;
    const fault = this.take(operation, body === undefined ? UNKNOWN : { path: url, headers, body });
    if (fault === undefined) return 'normal';
    if (fault.delay !== undefined) await delay(fault.delay, undefined, { ref: false });
    if (fault.cut === 'before') {
      request.socket.destroy();
      return 'served';
    }
    if (fault.status === undefined) return fault.cut === 'midway' ? 'cut midway' : 'normal';
    response.writeHead(fault.status, fault.headers ?? {});
    response.end(fault.body ?? '');
    return 'served';
  }
}

/** What is fetched for a request's client ahead of its next requests, and given to it with those. */
import type { CallSink, EwsRequest, LastingGrant, PrefetchedCall } from '../../backend.ts';
import type { MailboxGate } from '../../mailbox-gate.ts';
import type { MailboxDirectory } from '../mailbox-directory.ts';
import type { ExpectedAnswer, FetchedAnswer, Prefetch, Scope } from '../operation.ts';
import type { RequestCalls } from '../request-calls.ts';
import type { ItemWalks } from './item-walks.ts';
import type { PrefetchedAnswers, PrefetchOwner } from './prefetched-answers.ts';

/** Of a backend. */
export interface PrefetchEnvironment {
  readonly answers: PrefetchedAnswers;
  /** Undefined where other gateways may change a mailbox without this one's knowing. */
  readonly walks: ItemWalks | undefined;
  readonly gate: MailboxGate;
  readonly directory: MailboxDirectory;
}

/** A request that other calls may be made ahead of. */
export type PrefetchingRequest = EwsRequest & {
  readonly outlive: (operation: string) => LastingGrant;
  readonly prefetched: (call: PrefetchedCall) => void;
};

export class RequestPrefetch implements Prefetch {
  readonly #environment: PrefetchEnvironment;
  readonly #request: PrefetchingRequest;
  readonly #calls: RequestCalls;

  constructor(environment: PrefetchEnvironment, request: PrefetchingRequest, calls: RequestCalls) {
    this.#environment = environment;
    this.#request = request;
    this.#calls = calls;
  }

  async take<T>(scope: Scope, what: string): Promise<FetchedAnswer<T> | undefined> {
    const { sink, signal } = this.#request;
    const given = await this.#environment.answers.take<T>(this.#ownerOf(scope), what, signal);
    if (given?.upstreamRequestId !== undefined) sink.upstreamRequestId(given.upstreamRequestId);
    return given;
  }

  fetch<T>(scope: Scope, { what, bytes, operation, read }: ExpectedAnswer<T>): void {
    const { answers, gate } = this.#environment;
    const owner = this.#ownerOf(scope);
    if (!gate.hasIdleSlots(owner.mailbox) || !answers.wants(owner, what, bytes)) return;
    answers.add(owner, what, bytes, async (signal) => {
      const grant = this.#request.outlive(operation);
      const call = new CallRecord();
      const ended = AbortSignal.any([signal, grant.signal]);
      try {
        const value = await read(this.#calls.prefetching(scope.mailbox.address, ended, call, bytes));
        return value === undefined ? undefined : { value, upstreamRequestId: call.requestId };
      } catch {
        // Whoever asks for it makes a call of its own, which says what is wrong.
        return undefined;
      } finally {
        grant.end();
        this.#request.prefetched(call.ended(operation));
      }
    });
  }

  listed(scope: Scope, ids: readonly string[]): void {
    this.#environment.walks?.begin(this.#ownerOf(scope), ids);
  }

  following(scope: Scope, id: string, how: string): readonly string[] {
    return this.#environment.walks?.step(this.#ownerOf(scope), id, how) ?? [];
  }

  #ownerOf({ mailbox }: Scope): PrefetchOwner {
    const { caller, mailbox: actingAs } = this.#request;
    return { caller, actingAs, mailbox: mailboxKey(this.#environment.directory, mailbox.address) };
  }
}

/** The same for all addresses of a mailbox, however they are spelt, and what its slots are counted by. */
export function mailboxKey(directory: MailboxDirectory, address: string): string {
  return directory.slotKeyOf(address).toLowerCase();
}

/** What the audit log says of a call. */
class CallRecord implements CallSink {
  readonly #startedAt = performance.now();
  #status = 0;
  requestId: string | undefined;

  upstreamCall(status: number | undefined): void {
    this.#status = status ?? 0;
  }

  upstreamRequestId(id: string): void {
    this.requestId = id;
  }

  items(): void {
    // Always one.
  }

  ended(operation: string): PrefetchedCall {
    return {
      operation,
      status: this.#status,
      milliseconds: performance.now() - this.#startedAt,
      upstreamRequestId: this.requestId,
    };
  }
}

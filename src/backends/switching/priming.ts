/**
 * Looks ahead, while EWS still answers a mailbox, whether Microsoft Graph would open it: a permission or scope that is
 * missing is known before it is needed, and the switch itself finds token, mailbox GUID and the ids of the well-known
 * folders at hand.
 *
 * There is one lane with a rest before each mailbox, at the lowest priority: 1,000 mailboxes take about an hour. What
 * comes while the queue is full is noted again by a later request.
 */
import type { Backend, EwsRequest } from '../backend.ts';
import { NO_SINK } from '../own-request.ts';
import type { Clock } from '../clock.ts';
import { rememberGraph, type MailboxMemory } from './mailbox-memory.ts';
import { openInbox, type InboxReply } from './open-inbox.ts';
import { noticeOf } from './texts.ts';

export interface PrimingOptions {
  readonly graph: Backend;
  readonly clock: Clock;
  readonly memory: MailboxMemory;
  /** Whether a mailbox has gone over, or was set by command. */
  readonly isChosen: (mailbox: string) => boolean;
}

/** A request is kept for each; after a start all mailboxes may come at once. */
const MAX_WAITING = 32;
/** Before each mailbox, in milliseconds: what clients ask for comes first. */
const REST = 4_000;
/** When Graph is asked again after what it said, in milliseconds. */
const LASTS: Readonly<Record<InboxReply['kind'], number>> = {
  opens: 12 * 3_600_000,
  refuses: 3_600_000,
  busy: 600_000,
};

export class Priming {
  readonly #options: PrimingOptions;
  /** By address in lower case. */
  readonly #waiting = new Map<string, EwsRequest>();
  readonly #closing = new AbortController();
  #lane: Promise<void> | undefined;

  constructor(options: PrimingOptions) {
    this.#options = options;
  }

  /** EWS has answered a request: its mailbox will be looked at some day. */
  note(request: EwsRequest): void {
    const key = request.mailbox.toLowerCase();
    if (this.#waiting.size >= MAX_WAITING || this.#waiting.has(key) || this.#closing.signal.aborted) return;
    if (!this.#isDue(request.mailbox)) return;
    this.#waiting.set(key, request);
    this.#lane ??= this.#work().finally(() => (this.#lane = undefined));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#lane;
  }

  #isDue(mailbox: string): boolean {
    const { memory, clock, isChosen } = this.#options;
    const { primedUntil } = memory.of(mailbox);
    return (primedUntil === undefined || primedUntil <= clock.monotonic()) && !isChosen(mailbox);
  }

  async #work(): Promise<void> {
    const { graph, clock } = this.#options;
    const { signal } = this.#closing;
    while (this.#waiting.size > 0) {
      await clock.pause(REST, signal);
      const [next] = this.#waiting;
      if (next === undefined || signal.aborted) return;
      const [key, request] = next;
      if (this.#isDue(request.mailbox)) {
        const reply = await openInbox(graph, request, NO_SINK, { ending: signal, priority: 'shadow' });
        if (signal.aborted) return;
        this.#enter(request.mailbox, reply);
      }
      this.#waiting.delete(key);
    }
  }

  #enter(mailbox: string, reply: InboxReply): void {
    const { clock, memory } = this.#options;
    const seen = memory.of(mailbox);
    seen.primedUntil = clock.monotonic() + LASTS[reply.kind];
    rememberGraph(seen, reply, clock.monotonic());
    seen.unprimed =
      reply.kind === 'opens'
        ? undefined
        : { since: clock.wall(), reason: 'EWS answers it so far', text: noticeOf(mailbox, reply) };
  }
}

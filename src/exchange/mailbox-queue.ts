/**
 * Holds requests back where Exchange throttles, which it does for each mailbox: so many requests at a
 * time and no more, and none while a back-off lasts. Callers that share a mailbox take turns.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
 */
import type { EventEmitter } from 'node:events';
import { GatewayError } from '../errors.ts';

export interface ThrottlingSettings {
  /** Requests for one mailbox at a time. */
  readonly requestsPerMailbox: number;
  /** Requests for one mailbox that may wait. */
  readonly waitingPerMailbox: number;
  /** How long one request may wait altogether. */
  readonly longestWaitSeconds: number;
}

/** Told what is worth counting. */
export interface QueueEvents {
  /** Exchange asked to be left alone with a mailbox. */
  backOff(milliseconds: number): void;
  /** A request has waited. */
  waited(milliseconds: number): void;
  /** A request was not let in any more. */
  refused(): void;
}

export interface QueueStatus {
  readonly running: number;
  readonly waiting: number;
  /** Mailboxes that are left alone now, with the end of it in milliseconds since the epoch. */
  readonly backOffs: ReadonlyMap<string, number>;
}

/** The client's side of a request, a ServerResponse for example. */
export type WaitingClient = EventEmitter & { readonly destroyed?: boolean };

/** However long Exchange says: after this somebody asks again. */
const LONGEST_BLOCK = 600_000;
/** Doubled with each further back-off of one request. */
const SHORTEST_PAUSE = 100;

interface Waiter {
  readonly admit: () => void;
}

export class MailboxQueues {
  readonly #settings: ThrottlingSettings;
  readonly #events: QueueEvents;
  readonly #queues = new Map<string, MailboxQueue>();

  constructor(settings: ThrottlingSettings, events: QueueEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /**
   * Lets a request in, at once or when it is its turn.
   *
   * @param owner callers take turns by it
   * @param client emits 'close' when the request need not wait any more
   * @throws GatewayError (or rejects with it) UPSTREAM_BUSY where it would have to wait too long
   */
  enter(mailbox: string, owner: string, client: WaitingClient): Turn | Promise<Turn> {
    const key = mailbox.toLowerCase();
    let queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, (queue = new MailboxQueue(mailbox, this.#settings, this.#events, () => this.#queues.delete(key))));
    const turn = new Turn(queue, owner, client, Date.now() + this.#settings.longestWaitSeconds * 1000);
    const wait = queue.take(turn);
    return wait === undefined ? turn : wait.then(() => turn);
  }

  status(): QueueStatus {
    const queues = [...this.#queues.values()];
    const now = Date.now();
    return {
      running: queues.reduce((sum, queue) => sum + queue.running, 0),
      waiting: queues.reduce((sum, queue) => sum + queue.waiting, 0),
      backOffs: new Map(queues.filter((queue) => queue.blockedUntil > now).map((queue) => [queue.mailbox, queue.blockedUntil])),
    };
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }
}

/** A request's place among those for its mailbox. */
export class Turn {
  readonly owner: string;
  readonly client: WaitingClient;
  /** Until when it may wait, in milliseconds since the epoch. */
  readonly deadline: number;
  readonly #queue: MailboxQueue;
  /** False while it waits for another place. */
  #held = true;
  #pauses = 0;

  constructor(queue: MailboxQueue, owner: string, client: WaitingClient, deadline: number) {
    this.#queue = queue;
    this.owner = owner;
    this.client = client;
    this.deadline = deadline;
  }

  /** Notes that Exchange wants the mailbox to be left alone; whether this request may wait for the end of that. */
  backOff(milliseconds: number): boolean {
    // However short Exchange says it is, the same request does not come back again and again.
    const pause = Math.max(milliseconds, SHORTEST_PAUSE * 2 ** this.#pauses++);
    this.#queue.block(pause);
    return Date.now() + pause <= this.deadline;
  }

  /** Gives the place away and waits for another one, after the back-off. */
  async again(): Promise<void> {
    this.#held = false;
    this.#queue.release();
    await this.#queue.take(this);
    this.#held = true;
  }

  end(): void {
    if (this.#held) this.#queue.release();
    this.#held = false;
  }
}

class MailboxQueue {
  readonly mailbox: string;
  readonly #settings: ThrottlingSettings;
  readonly #events: QueueEvents;
  readonly #onIdle: () => void;
  /** Those that wait, by owner; the owner whose turn is next comes first. */
  readonly #waiters = new Map<string, Waiter[]>();
  running = 0;
  waiting = 0;
  blockedUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(mailbox: string, settings: ThrottlingSettings, events: QueueEvents, onIdle: () => void) {
    this.mailbox = mailbox;
    this.#settings = settings;
    this.#events = events;
    this.#onIdle = onIdle;
  }

  /** @returns nothing where there is a place now */
  take(turn: Turn): Promise<void> | undefined {
    if (this.running < this.#settings.requestsPerMailbox && this.waiting === 0 && (this.blockedUntil === 0 || Date.now() >= this.blockedUntil)) {
      this.running++;
      return undefined;
    }
    return this.#wait(turn);
  }

  release(): void {
    this.running--;
    this.#advance();
  }

  block(milliseconds: number): void {
    const until = Date.now() + Math.min(milliseconds, LONGEST_BLOCK);
    if (until <= this.blockedUntil) return;
    this.blockedUntil = until;
    this.#events.backOff(milliseconds);
    this.#advance();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #wait(turn: Turn): Promise<void> {
    const startedAt = Date.now();
    if (turn.client.destroyed === true) throw clientGone();
    if (this.blockedUntil > turn.deadline) throw this.#refusal(`Exchange wants mailbox ${this.mailbox} to be left alone for ${seconds(this.blockedUntil - startedAt)}.`, this.blockedUntil - startedAt);
    if (this.waiting >= this.#settings.waitingPerMailbox) throw this.#refusal(`${this.waiting} requests for mailbox ${this.mailbox} wait already (throttling.waitingPerMailbox).`, 5_000);
    let settle: { readonly resolve: () => void; readonly reject: (error: GatewayError) => void } | undefined;
    const waiter: Waiter = { admit: () => settle?.resolve() };
    const onClose = (): void => settle?.reject(clientGone());
    const timer = setTimeout(
      () => settle?.reject(this.#refusal(`Requests for mailbox ${this.mailbox} wait for Exchange; this one has for ${seconds(Date.now() - startedAt)} (throttling.longestWaitSeconds).`, Math.max(5_000, this.blockedUntil - Date.now()))),
      turn.deadline - startedAt,
    );
    this.#line(turn.owner).push(waiter);
    this.waiting++;
    turn.client.once('close', onClose);
    try {
      await new Promise<void>((resolve, reject) => {
        settle = { resolve, reject };
        this.#advance();
      });
      this.#events.waited(Date.now() - startedAt);
    } catch (error) {
      this.#remove(turn.owner, waiter);
      throw error;
    } finally {
      clearTimeout(timer);
      turn.client.off('close', onClose);
    }
  }

  #line(owner: string): Waiter[] {
    let line = this.#waiters.get(owner);
    if (line === undefined) this.#waiters.set(owner, (line = []));
    return line;
  }

  /** Lets in whoever may come in now. */
  #advance(): void {
    const pause = this.blockedUntil - Date.now();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (pause > 0) {
      this.#timer = setTimeout(() => this.#advance(), pause).unref();
      return;
    }
    this.blockedUntil = 0;
    while (this.waiting > 0 && this.running < this.#settings.requestsPerMailbox) {
      this.running++;
      this.#next().admit();
    }
    if (this.running === 0 && this.waiting === 0) this.#onIdle();
  }

  #next(): Waiter {
    for (const [owner, line] of this.#waiters) {
      const waiter = line.shift();
      // To the end of the round, or out of it.
      this.#waiters.delete(owner);
      if (waiter === undefined) continue;
      if (line.length > 0) this.#waiters.set(owner, line);
      this.waiting--;
      return waiter;
    }
    throw new Error('somebody waits, and nobody is there');
  }

  #remove(owner: string, waiter: Waiter): void {
    const line = this.#waiters.get(owner);
    const index = line?.indexOf(waiter) ?? -1;
    if (line === undefined || index === -1) {
      // It was let in and broke off in the same moment.
      this.release();
      return;
    }
    line.splice(index, 1);
    if (line.length === 0) this.#waiters.delete(owner);
    this.waiting--;
    this.#advance();
  }

  #refusal(text: string, backOffMilliseconds: number): GatewayError {
    this.#events.refused();
    return new GatewayError('UPSTREAM_BUSY', `${text} Try again later.`, { backOffMilliseconds });
  }
}

function clientGone(): GatewayError {
  return new GatewayError('CLIENT_GONE', 'The client closed the connection while its request waited for its turn.');
}

function seconds(milliseconds: number): string {
  return `${Math.max(1, Math.round(milliseconds / 1000))} s`;
}

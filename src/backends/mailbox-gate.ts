/**
 * Holds requests back where Exchange throttles, which it does for each mailbox: so many requests at a
 * time and no more, and none while a back-off lasts. Callers that share a mailbox take turns.
 *
 * Nearly every request of a busy mailbox waits for a moment, so that waiting must be cheap: it has no
 * timer and no listener of its own, but all who wait are looked through now and then.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
 */
import type { ThrottlingSettings } from '../config/types.ts';
import { GatewayError } from '../errors.ts';

/** Told what is worth counting. */
export interface QueueEvents {
  /** Exchange asked to be left alone with a mailbox. */
  backOff(milliseconds: number): void;
  /** A request has waited for longer than a moment. */
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

/** The client's side of a request; a ServerResponse is one. */
export interface WaitingClient {
  /** Whether nobody waits for the answer any more. */
  readonly destroyed: boolean;
}

/** However long Exchange says: after this somebody asks again. */
const LONGEST_BLOCK = 600_000;
/** Doubled with each further back-off of one request. */
const SHORTEST_PAUSE = 100;
/** How often those who wait are looked through. */
const LOOK_INTERVAL = 100;
/** Waits below this are not told. */
const MOMENT = 20;
/** Queues of mailboxes that are at rest are kept up to this number. */
const KEPT_QUEUES = 1_000;

interface Waiter {
  readonly turn: Turn;
  readonly since: number;
  readonly admit: (turn: Turn) => void;
  readonly refuse: (error: GatewayError) => void;
}

export class MailboxQueues {
  readonly #settings: ThrottlingSettings;
  readonly #events: QueueEvents;
  readonly #queues = new Map<string, MailboxQueue>();
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: ThrottlingSettings, events: QueueEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /**
   * Lets a request in, at once or when it is its turn.
   *
   * @param owner callers take turns by it
   * @throws GatewayError (or rejects with it) UPSTREAM_BUSY where it would have to wait too long,
   *   CLIENT_GONE where nobody waits for it any more
   */
  enter(mailbox: string, owner: string, client: WaitingClient): Turn | Promise<Turn> {
    const queue = this.#queueOf(mailbox);
    const turn = new Turn(queue, owner, client, Date.now() + this.#settings.longestWaitSeconds * 1000);
    return queue.take(turn) ?? turn;
  }

  status(): QueueStatus {
    const queues = [...this.#queues.values()];
    const now = Date.now();
    return {
      running: queues.reduce((sum, queue) => sum + queue.running, 0),
      waiting: queues.reduce((sum, queue) => sum + queue.waiting, 0),
      backOffs: new Map(
        queues.filter((queue) => queue.blockedUntil > now).map((queue) => [queue.mailbox, queue.blockedUntil]),
      ),
    };
  }

  #queueOf(mailbox: string): MailboxQueue {
    const key = mailbox.toLowerCase();
    let queue = this.#queues.get(key);
    if (queue !== undefined) return queue;
    if (this.#queues.size >= KEPT_QUEUES)
      for (const [other, { isIdle }] of this.#queues) if (isIdle) this.#queues.delete(other);
    this.#queues.set(key, (queue = new MailboxQueue(mailbox, this.#settings, this.#events, () => this.#watch())));
    return queue;
  }

  /** Looks through those who wait, as long as anybody does: also after a reload, of which the old requests end here. */
  #watch(): void {
    this.#timer ??= setInterval(() => {
      let waiting = 0;
      for (const queue of this.#queues.values()) waiting += queue.look(Date.now());
      if (waiting > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    }, LOOK_INTERVAL);
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
    this.end();
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
  /** Told that somebody waits. */
  readonly #onWaiting: () => void;
  /** Those that wait, by owner; the owner whose turn is next comes first. */
  readonly #lines = new Map<string, Waiter[]>();
  running = 0;
  waiting = 0;
  /** Milliseconds since the epoch; may lie in the past. */
  blockedUntil = 0;

  constructor(mailbox: string, settings: ThrottlingSettings, events: QueueEvents, onWaiting: () => void) {
    this.mailbox = mailbox;
    this.#settings = settings;
    this.#events = events;
    this.#onWaiting = onWaiting;
  }

  get isIdle(): boolean {
    return this.running === 0 && this.waiting === 0 && this.blockedUntil <= Date.now();
  }

  /** @returns nothing where there is a place now */
  take(turn: Turn): Promise<Turn> | undefined {
    if (this.waiting === 0 && this.#hasPlace()) {
      this.running++;
      return undefined;
    }
    const now = Date.now();
    if (turn.client.destroyed) throw clientGone();
    if (this.blockedUntil > turn.deadline)
      throw this.#refusal(
        `Exchange wants mailbox ${this.mailbox} to be left alone for ${seconds(this.blockedUntil - now)}.`,
        this.blockedUntil - now,
      );
    if (this.waiting >= this.#settings.waitingPerMailbox)
      throw this.#refusal(
        `${this.waiting} requests for mailbox ${this.mailbox} wait already (throttling.waitingPerMailbox).`,
        5_000,
      );
    if (turn.deadline <= now) throw this.#tooLong(0);
    this.#onWaiting();
    return new Promise((admit, refuse) => {
      const waiter: Waiter = { turn, since: now, admit, refuse };
      const line = this.#lines.get(turn.owner);
      if (line === undefined) this.#lines.set(turn.owner, [waiter]);
      else line.push(waiter);
      this.waiting++;
    });
  }

  release(): void {
    this.running--;
    if (this.waiting > 0) this.#advance(Date.now());
  }

  block(milliseconds: number): void {
    const until = Date.now() + Math.min(milliseconds, LONGEST_BLOCK);
    if (until <= this.blockedUntil) return;
    this.blockedUntil = until;
    this.#events.backOff(milliseconds);
  }

  /** Sends away who need not, or must not, wait any longer, and lets in who may. @returns how many wait still */
  look(now: number): number {
    if (this.waiting === 0) return 0;
    for (const [owner, line] of this.#lines) {
      const staying = line.filter(({ turn, since, refuse }) => {
        if (turn.client.destroyed) refuse(clientGone());
        else if (turn.deadline <= now) refuse(this.#tooLong(now - since));
        else return true;
        return false;
      });
      this.waiting -= line.length - staying.length;
      if (staying.length === 0) this.#lines.delete(owner);
      else this.#lines.set(owner, staying);
    }
    this.#advance(now);
    return this.waiting;
  }

  #hasPlace(): boolean {
    return (
      this.running < this.#settings.requestsPerMailbox && (this.blockedUntil === 0 || this.blockedUntil <= Date.now())
    );
  }

  #advance(now: number): void {
    while (this.waiting > 0 && this.#hasPlace()) {
      const { turn, since, admit, refuse } = this.#next();
      if (turn.client.destroyed) {
        refuse(clientGone());
        continue;
      }
      this.running++;
      if (now - since >= MOMENT) this.#events.waited(now - since);
      admit(turn);
    }
  }

  #next(): Waiter {
    for (const [owner, line] of this.#lines) {
      const waiter = line.shift();
      // To the end of the round, or out of it.
      this.#lines.delete(owner);
      if (waiter === undefined) continue;
      if (line.length > 0) this.#lines.set(owner, line);
      this.waiting--;
      return waiter;
    }
    throw new Error('somebody waits, and nobody is there');
  }

  #tooLong(milliseconds: number): GatewayError {
    return this.#refusal(
      `Requests for mailbox ${this.mailbox} wait for Exchange; this one has for ${seconds(milliseconds)} (throttling.longestWaitSeconds).`,
      Math.max(5_000, this.blockedUntil - Date.now()),
    );
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

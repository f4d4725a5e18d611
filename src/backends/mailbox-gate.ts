/**
 * Limits the calls to a service for each mailbox: so many at a time, and none during a cooldown that the service
 * asked for. Callers that share a mailbox take turns; whoever waits longest in numbers is refused first.
 *
 * It knows nothing of the service. EWS takes one slot for a request, Graph one for each call.
 *
 * Nearly every request of a busy mailbox waits for a moment, so that waiting must be cheap: a waiter has no timer
 * and no listener of its own, but all of them are looked through every 100 ms.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
 * @see https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits
 */
import type { ThrottlingSettings } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import type { GateSharing, SharedSlots } from './gate-sharing.ts';
import { MailboxQueue, type Waiter } from './mailbox-queue.ts';
import { Slot, type SlotKeeper, type SlotRequest } from './slot.ts';

/** Notified of what is worth counting. */
export interface GateEvents {
  /** The service asked for a cooldown of a mailbox. */
  coolDown(milliseconds: number): void;
  /** A request has waited for longer than a moment. */
  waited(milliseconds: number): void;
  /** A request was refused because it would have had to wait too long. */
  refused(): void;
  /** A call has to wait for a slot of a mailbox. */
  waits?(mailbox: string): void;
}

export interface GateStatus {
  readonly running: number;
  readonly waiting: number;
  /** Mailboxes in a cooldown, with its end in milliseconds since the epoch. */
  readonly cooldowns: ReadonlyMap<string, number>;
}

export interface GateOptions {
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
  /** Other gateways that call the service for the same mailboxes. */
  readonly sharing?: GateSharing | undefined;
}

/** Cooldowns are cut to this: however long the service says, after this somebody asks again. */
const LONGEST_COOLDOWN = 600_000;
/** How often those who wait are looked through. */
const SWEEP_INTERVAL = 100;
/** Waits below this are not reported. */
const MOMENT = 20;
/** Idle queues are kept up to this number. */
const KEPT_QUEUES = 1_000;

export class MailboxGate implements SlotKeeper {
  readonly #settings: ThrottlingSettings;
  readonly #events: GateEvents;
  readonly #now: () => number;
  readonly #sharing: GateSharing | undefined;
  readonly #queues = new Map<string, MailboxQueue>();
  readonly #stopListening: (() => void) | undefined;
  #sweep: NodeJS.Timeout | undefined;

  constructor(settings: ThrottlingSettings, events: GateEvents, { now, sharing }: GateOptions = {}) {
    this.#settings = settings;
    this.#events = events;
    this.#now = now ?? (() => performance.now());
    this.#sharing = sharing;
    this.#stopListening = sharing?.listen({
      take: (mailbox, milliseconds) => this.#coolDownHere(mailbox, milliseconds),
      held: () => this.#cooldowns(),
    });
  }

  /**
   * Takes a slot for a call, at once or when it is this caller's turn.
   *
   * @throws GatewayError (or rejects with it) UPSTREAM_BUSY where it would have to wait too long, CLIENT_GONE where
   *   nobody waits for it any more
   */
  acquire(request: SlotRequest): Slot | Promise<Slot> {
    const { longestWaitSeconds, requestsPerMailbox } = this.#settings;
    const weight = Math.min(request.weight ?? 1, requestsPerMailbox);
    const patience = Math.min(request.patience ?? Number.POSITIVE_INFINITY, longestWaitSeconds * 1000);
    const slot = new Slot(this, request, weight, this.#now() + patience);
    const waited = this.enter(slot);
    return waited === undefined ? slot : waited.then(() => slot);
  }

  /** Whether a call that nobody waits for would get a slot now, and leave one to others. */
  hasIdleSlots(mailbox: string): boolean {
    return this.#queueOf(mailbox).couldTake('prefetch', 1, this.#now());
  }

  /** Lets nobody through to a mailbox for a while. */
  coolDown(mailbox: string, milliseconds: number): void {
    if (!this.#coolDownHere(mailbox, milliseconds)) return;
    this.#events.coolDown(milliseconds);
    this.#sharing?.coolDown(mailbox, Math.min(milliseconds, LONGEST_COOLDOWN));
  }

  status(): GateStatus {
    const queues = [...this.#queues.values()];
    const now = Date.now();
    return {
      running: queues.reduce((sum, queue) => sum + queue.running, 0),
      waiting: queues.reduce((sum, queue) => sum + queue.waiting, 0),
      cooldowns: new Map([...this.#cooldowns()].map(([mailbox, remaining]) => [mailbox, Math.round(now + remaining)])),
    };
  }

  /** Other gateways need not tell it of cooldowns any more. */
  close(): void {
    this.#stopListening?.();
  }

  enter(slot: Slot): Promise<void> | undefined {
    const entered = this.#enterHere(slot);
    const shared = this.#sharing?.slots;
    return shared === undefined ? entered : this.#enterShared(slot, entered, shared);
  }

  /** A turn among this gateway's calls, then one among those of all. */
  async #enterShared(slot: Slot, entered: Promise<void> | undefined, shared: SharedSlots): Promise<void> {
    const { mailbox, client, priority = 'client' } = slot.request;
    const { weight } = slot;
    const isWanted = (): boolean => !client.destroyed && slot.deadline > this.#now();
    await entered;
    while (shared.isJoined) {
      const slots = this.#settings.requestsPerMailbox;
      const taken = await shared.take({ mailbox, weight, slots, priority, isWanted });
      const queue = this.#queueOf(mailbox);
      if (typeof taken !== 'string') {
        slot.shared = taken;
        if (queue.cooldownEnd <= this.#now() && !taken.hasLapsed) return;
      }
      // A cooldown has begun, the slot has lapsed while this gateway stood still, nobody waits any more, or the others
      // cannot be asked.
      this.leave(slot);
      if (taken === 'unwanted')
        // What is fetched ahead is not waited for.
        throw client.destroyed || priority === 'prefetch'
          ? clientGone()
          : this.#waitedTooLong(queue, this.#settings.longestWaitSeconds * 1000);
      await this.#enterHere(slot);
    }
  }

  #enterHere(slot: Slot): Promise<void> | undefined {
    const { mailbox, caller, client, priority = 'client' } = slot.request;
    const { weight } = slot;
    const queue = this.#queueOf(mailbox);
    const now = this.#now();
    if (queue.takeNow(priority, weight, now)) return undefined;
    if (client.destroyed) throw clientGone();
    const left = queue.cooldownEnd - now;
    if (queue.cooldownEnd > slot.deadline)
      throw this.#refusal(
        `Mailbox ${mailbox} is in a cooldown of ${seconds(left)}, which the service asked for.`,
        left,
      );
    if (slot.deadline <= now) throw this.#waitedTooLong(queue, 0);
    if (queue.waiting >= this.#settings.waitingPerMailbox) {
      const error = this.#refusal(
        `${queue.waiting} requests for mailbox ${mailbox} wait already (throttling.waitingPerMailbox).`,
        5_000,
      );
      const refused = queue.removeFromLongestLine(caller);
      if (refused === undefined) throw error;
      refused.refuse(error);
    }
    this.#startSweep();
    const granted = new Promise<void>((grant, refuse) =>
      queue.add({ caller, priority, weight, client, deadline: slot.deadline, since: now, grant, refuse }),
    );
    if (priority !== 'prefetch') this.#events.waits?.(mailbox);
    return granted;
  }

  leave(slot: Slot): void {
    slot.shared?.release();
    slot.shared = undefined;
    const queue = this.#queueOf(slot.request.mailbox);
    queue.running -= slot.weight;
    if (queue.waiting > 0) this.#advance(queue, this.#now());
  }

  millisecondsTo(point: number): number {
    return point - this.#now();
  }

  #queueOf(mailbox: string): MailboxQueue {
    const key = mailbox.toLowerCase();
    let queue = this.#queues.get(key);
    if (queue !== undefined) return queue;
    if (this.#queues.size >= KEPT_QUEUES) {
      const now = this.#now();
      for (const [other, kept] of this.#queues) if (kept.isIdle(now)) this.#queues.delete(other);
    }
    this.#queues.set(key, (queue = new MailboxQueue(mailbox, () => this.#slots())));
    return queue;
  }

  /** Calls at a time that this gateway may make: its share, where it cannot ask the others. */
  #slots(): number {
    const { requestsPerMailbox } = this.#settings;
    const shared = this.#sharing?.slots;
    if (shared === undefined || shared.isJoined) return requestsPerMailbox;
    return Math.max(1, Math.floor(requestsPerMailbox / shared.gateways));
  }

  /** @returns whether it ends later than one before */
  #coolDownHere(mailbox: string, milliseconds: number): boolean {
    return this.#queueOf(mailbox).coolDown(this.#now() + Math.min(milliseconds, LONGEST_COOLDOWN));
  }

  /** Mailboxes in a cooldown, with the milliseconds that are left of it. */
  *#cooldowns(): Iterable<readonly [mailbox: string, remaining: number]> {
    const now = this.#now();
    for (const { mailbox, cooldownEnd } of this.#queues.values())
      if (cooldownEnd > now) yield [mailbox, cooldownEnd - now];
  }

  /** Looks through those who wait for as long as anybody does, also after a reload, until the last one has left. */
  #startSweep(): void {
    this.#sweep ??= setInterval(() => {
      let waiting = 0;
      for (const queue of this.#queues.values()) {
        if (queue.waiting === 0) continue;
        const now = this.#now();
        for (const waiter of queue.removeWhere(({ client, deadline }) => client.destroyed || deadline <= now))
          waiter.refuse(waiter.client.destroyed ? clientGone() : this.#waitedTooLong(queue, now - waiter.since));
        this.#advance(queue, now);
        waiting += queue.waiting;
      }
      if (waiting > 0) return;
      clearInterval(this.#sweep);
      this.#sweep = undefined;
    }, SWEEP_INTERVAL);
  }

  /** Lets in who may go now. */
  #advance(queue: MailboxQueue, now: number): void {
    for (let waiter = queue.next(now); waiter !== undefined; waiter = queue.next(now)) this.#grant(queue, waiter, now);
  }

  #grant(queue: MailboxQueue, { client, since, weight, grant, refuse }: Waiter, now: number): void {
    if (client.destroyed) {
      refuse(clientGone());
      return;
    }
    queue.running += weight;
    if (now - since >= MOMENT) this.#events.waited(now - since);
    grant();
  }

  #waitedTooLong(queue: MailboxQueue, milliseconds: number): GatewayError {
    const { mailbox, cooldownEnd } = queue;
    return this.#refusal(
      `Requests for mailbox ${mailbox} wait for the service; this one has for ${seconds(milliseconds)} ` +
        '(throttling.longestWaitSeconds).',
      Math.max(5_000, cooldownEnd - this.#now()),
    );
  }

  #refusal(text: string, backOffMilliseconds: number): GatewayError {
    this.#events.refused();
    return new GatewayError('UPSTREAM_BUSY', `${text} Try again later.`, { backOffMilliseconds });
  }
}

function clientGone(): GatewayError {
  return new GatewayError('CLIENT_GONE', 'The client closed the connection while its request waited for a slot.');
}

function seconds(milliseconds: number): string {
  return `${Math.max(1, Math.round(milliseconds / 1000))} s`;
}

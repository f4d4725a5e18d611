/**
 * What waits to be written to one stream of notifications: bounded, since a client may take nothing for a while.
 */
import type { Clock } from '../../clock.ts';
import type { MailboxEvent, Position } from './mailbox-events.ts';

/** Events that wait for the client. */
const MAX_WAITING = 1_000;

/** Events of one subscription. */
export interface WaitingEvents {
  readonly subscription: string;
  readonly events: readonly MailboxEvent[];
}

export class EventStream {
  /** By subscription, then the positions of its folders behind what was told. */
  readonly #positions: Map<string, Position[]>;
  readonly #clock: Clock;
  #waiting: { readonly subscription: string; readonly event: MailboxEvent }[] = [];
  #wake = new AbortController();
  #failed: { readonly subscription: string } | undefined;
  #isOverrun = false;

  /** @param start positions of each subscription's folders */
  constructor(start: ReadonlyMap<string, readonly Position[]>, clock: Clock) {
    this.#clock = clock;
    this.#positions = new Map([...start].map(([subscription, positions]) => [subscription, [...positions]]));
  }

  /** The subscription that cannot go on. */
  get failed(): string | undefined {
    return this.#failed?.subscription;
  }

  /** Whether more came than may wait. */
  get isOverrun(): boolean {
    return this.#isOverrun;
  }

  /** @param folder position of the folder in the subscription */
  add(subscription: string, folder: number, events: readonly MailboxEvent[], position: Position): void {
    if (this.#isOverrun) return;
    this.#positions.get(subscription)?.splice(folder, 1, position);
    for (const event of events) this.#waiting.push({ subscription, event });
    if (this.#waiting.length > MAX_WAITING) {
      this.#isOverrun = true;
      this.#waiting = [];
    }
    if (events.length > 0) this.#wake.abort();
  }

  fail(subscription: string): void {
    this.#failed ??= { subscription };
    this.#wake.abort();
  }

  /** Everything that waits, and the positions behind it. */
  take(): { readonly waiting: readonly WaitingEvents[]; readonly positions: ReadonlyMap<string, readonly Position[]> } {
    const taken = this.#waiting;
    this.#waiting = [];
    if (this.#failed === undefined) this.#wake = new AbortController();
    return {
      waiting: [...Map.groupBy(taken, ({ subscription }) => subscription)].map(([subscription, list]) => ({
        subscription,
        events: list.map(({ event }) => event),
      })),
      positions: new Map([...this.#positions].map(([subscription, positions]) => [subscription, [...positions]])),
    };
  }

  /** Waits until there is something, a signal is aborted, or a time is over. @param milliseconds from now */
  async wait(milliseconds: number, ...signals: readonly AbortSignal[]): Promise<void> {
    await this.#clock.pause(milliseconds, AbortSignal.any([this.#wake.signal, ...signals]));
  }
}

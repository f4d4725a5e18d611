/**
 * Which caller a subscription was given to. Exchange knows only the app, which is the same for all.
 *
 * Kept in memory, and sent to the other gateways of a fleet, sealed with the state key, so that who can write to Redis
 * cannot make a subscription somebody else's: after a restart clients learn that their subscription is
 * gone and subscribe again, as they have to whenever Exchange moves a mailbox.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-notification-related-errors-in-ews-in-exchange
 */
import type { Mark, Marks } from '../fleet/shared-marks.ts';
import { lruCache } from '../lru-cache.ts';
import type { SealBinding, StateSealer } from '../state/state-sealer.ts';

/** Exchange Online allows 20 a mailbox. */
const MAX_SUBSCRIPTIONS = 50_000;
/** Milliseconds; a subscription that is pulled from ends after a day at the latest. */
const LIFETIME = 86_400_000;

/** What all gateways of a fleet keep. */
export interface SharedOwners {
  readonly marks: Marks;
  readonly sealer: StateSealer;
}

const BINDING: SealBinding = { purpose: 'owner of a subscription', backend: 'ews', caller: '', mailbox: '' };

export class SubscribedCallers {
  readonly #shared: SharedOwners | undefined;
  readonly #callers = lruCache<string, string>(MAX_SUBSCRIPTIONS, LIFETIME);

  constructor(shared?: SharedOwners) {
    this.#shared = shared;
    shared?.marks.hold({
      take: ({ text, remaining }) => {
        const entry = shared.sealer.open(BINDING, text);
        if (entry === undefined) return;
        const [id, caller] = entry as readonly [string, string];
        this.#keep(id, caller, remaining);
      },
      held: () => this.#held(shared.sealer),
    });
  }

  /** Notes that a subscription was given to a caller. */
  add(id: string, caller: string): void {
    this.#keep(id, caller, LIFETIME);
    if (this.#shared === undefined) return;
    const { marks, sealer } = this.#shared;
    marks.add({ text: sealer.seal(BINDING, [id, caller]), remaining: LIFETIME });
  }

  isOwn(id: string, caller: string): boolean {
    return this.#callers.get(id) === caller;
  }

  #keep(id: string, caller: string, lifetime: number): void {
    this.#callers.set(id, caller, { ttl: Math.max(1, lifetime) });
  }

  *#held(sealer: StateSealer): Iterable<Mark> {
    for (const [id, caller] of this.#callers.entries())
      yield { text: sealer.seal(BINDING, [id, caller]), remaining: this.#callers.getRemainingTTL(id) };
  }
}

/** What gateways that call a service for the same mailboxes share of their gates. */
import type { Priority } from './mailbox-queue.ts';

export interface GateSharing {
  /** Slots that all gateways take together; undefined: each gateway has its own. */
  readonly slots: SharedSlots | undefined;
  /** Tells the other gateways of a cooldown. */
  coolDown(mailbox: string, milliseconds: number): void;
  /** @returns what ends it */
  listen(listener: CooldownListener): () => void;
}

export interface CooldownListener {
  /** Another gateway was asked for a cooldown. */
  take(mailbox: string, milliseconds: number): void;
  /** Mailboxes in a cooldown, with the milliseconds that are left of it. */
  held(): Iterable<readonly [mailbox: string, remaining: number]>;
}

export interface SharedSlots {
  /** Whether the gateways can ask each other now. */
  readonly isJoined: boolean;
  /** Gateways that were there when they could last, this one included; infinitely many where they never could. */
  readonly gateways: number;
  /**
   * Takes slots, once it is this call's turn. Never rejects.
   *
   * @returns `away` where the others cannot be asked any more; `unwanted` where nobody waits any more
   */
  take(call: SharedCall): Promise<SharedSlot | 'away' | 'unwanted'>;
}

export interface SharedCall {
  readonly mailbox: string;
  /** Slots, taken all at once. */
  readonly weight: number;
  /** Slots of the mailbox altogether. */
  readonly slots: number;
  readonly priority: Priority;
  readonly isWanted: () => boolean;
}

export interface SharedSlot {
  /** Whether other gateways may have got it meanwhile. */
  readonly hasLapsed: boolean;
  release(): void;
}

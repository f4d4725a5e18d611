/** The right to make calls for a mailbox, from when it is taken until it is given back. */
import type { SharedSlot } from './gate-sharing.ts';
import type { Priority } from './mailbox-queue.ts';

/** Who asks for a slot. */
export interface SlotRequest {
  readonly mailbox: string;
  /** Callers take turns by this name. */
  readonly caller: string;
  /** Default: client. */
  readonly priority?: Priority | undefined;
  /** Calls at a time that it is for, given all at once; at most the slots there are. Default: 1. */
  readonly weight?: number | undefined;
  /** How long its client still waits, in milliseconds; default and at most: longestWaitSeconds. */
  readonly patience?: number;
  /** The client's side; a ServerResponse is one. Once it is destroyed, nobody waits for the answer any more. */
  readonly client: { readonly destroyed: boolean };
}

/** Who gives slots and takes them back: the gate. */
export interface SlotKeeper {
  /**
   * Gives a slot its turn; undefined where that is now.
   *
   * @throws GatewayError (or rejects with it) UPSTREAM_BUSY where it would have to wait too long, CLIENT_GONE where
   *   nobody waits for it any more
   */
  enter(slot: Slot): Promise<void> | undefined;
  /** Takes a slot back. */
  leave(slot: Slot): void;
  /** Milliseconds until a point of its clock. */
  millisecondsTo(point: number): number;
}

/** The right to make a call for a mailbox, or as many at a time as its weight. */
export class Slot {
  readonly request: SlotRequest;
  readonly weight: number;
  /** Until when it may wait altogether, by its keeper's clock. */
  readonly deadline: number;
  /** The same slot among those of all gateways, where they share them. For its keeper only. */
  shared: SharedSlot | undefined;
  readonly #keeper: SlotKeeper;
  /** False while it waits for its next turn, and after its release. */
  #held = true;

  constructor(keeper: SlotKeeper, request: SlotRequest, weight: number, deadline: number) {
    this.#keeper = keeper;
    this.request = request;
    this.weight = weight;
    this.deadline = deadline;
  }

  /** How long it may still wait, in milliseconds. */
  get patience(): number {
    return this.#keeper.millisecondsTo(this.deadline);
  }

  /** Whether other gateways may have got it meanwhile: what has not begun yet must {@link reacquire}. */
  get hasLapsed(): boolean {
    return this.shared?.hasLapsed === true;
  }

  /** Gives the slot back; a second time does nothing. */
  release(): void {
    if (this.#held) this.#keeper.leave(this);
    this.#held = false;
  }

  /** Gives the slot back and takes one again, behind a cooldown. @throws GatewayError as {@link SlotKeeper.enter} */
  async reacquire(): Promise<void> {
    this.release();
    await this.#keeper.enter(this);
    this.#held = true;
  }
}

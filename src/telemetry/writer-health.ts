/**
 * What is wrong with a log: why it cannot be written, since when, and how many lines it has lost. Tells its observer
 * where trouble begins, then at most once a minute, and where it is over.
 */
import type { WriterObserver, WriterTrouble } from './log-trouble.ts';

const TOO_SLOW = 'lines come faster than they are written';
const NOTICE_INTERVAL = 60_000;

export class WriterHealth {
  observer: WriterObserver = { dropped: () => undefined, trouble: () => undefined, writtenAgain: () => undefined };
  readonly #name: string;
  #dropped = 0;
  /** By the wall clock for people, and by one that never jumps. */
  #lastDrop = { wall: 0, monotonic: 0 };
  #failure: { readonly reason: string; readonly since: number } | undefined;
  #lastReason = '';
  /** By the clock that never jumps. */
  #noticedAt = Number.NEGATIVE_INFINITY;
  #noticed = false;

  /** @param name of the target: a path, or `standard output` */
  constructor(name: string) {
    this.#name = name;
  }

  /** Why nothing can be written now; undefined where it can. */
  get failure(): string | undefined {
    return this.#failure?.reason;
  }

  /** Lines dropped so far. */
  get lost(): number {
    return this.#dropped;
  }

  /** A line was dropped. @param isTrouble whether that means that lines come too fast */
  dropped(isTrouble: boolean): void {
    this.#dropped++;
    this.#lastDrop = { wall: Date.now(), monotonic: performance.now() };
    this.observer.dropped();
    if (!isTrouble) return;
    this.#failure ??= { reason: TOO_SLOW, since: this.#lastDrop.wall };
    this.#notice();
  }

  /** Writing has failed. @param reason the system's code */
  failed(reason: string): void {
    if (this.#failure === undefined || this.#failure.reason === TOO_SLOW) this.#failure = { reason, since: Date.now() };
    this.#notice();
  }

  /** Lines are written. */
  recovered(): void {
    if (this.#failure === undefined) return;
    this.#lastReason = this.#failure.reason;
    const over: WriterTrouble = { name: this.#name, ...this.#failure, dropped: this.#dropped, over: true };
    this.#failure = undefined;
    if (this.#noticed) {
      this.#noticed = false;
      this.observer.trouble(over);
    }
    this.observer.writtenAgain();
  }

  /** Trouble now, or lines lost within so many milliseconds; undefined where all is well. */
  trouble(within = 0): WriterTrouble | undefined {
    const base = { name: this.#name, dropped: this.#dropped };
    if (this.#failure !== undefined) return { ...base, ...this.#failure, over: false };
    if (this.#dropped === 0 || performance.now() - this.#lastDrop.monotonic > within) return undefined;
    return { ...base, reason: this.#lastReason, since: this.#lastDrop.wall, over: true };
  }

  #notice(): void {
    const trouble = this.trouble();
    const now = performance.now();
    if (trouble === undefined || now - this.#noticedAt < NOTICE_INTERVAL) return;
    this.#noticedAt = now;
    this.#noticed = true;
    this.observer.trouble(trouble);
  }
}

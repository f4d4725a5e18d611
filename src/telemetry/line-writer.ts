/**
 * Writes lines to a file or to standard output without ever holding up the process: through a bounded
 * buffer, with one write(2) under way at a time, off the event loop.
 *
 * Where writing fails (a full disk, a reader that does not read, a removed folder) it is tried again
 * every second, for as long as it takes. Lines that find no room in the buffer meanwhile are dropped
 * and counted. Every line ends up whole on a line of its own.
 */
import { codeOf } from '../errors.ts';
import type { LineTarget, Position } from './line-target.ts';
import type { WriterObserver, WriterTrouble } from './log-trouble.ts';
import { WriterHealth } from './writer-health.ts';

/** Lines are written together once there is this much of them, at the latest after this many milliseconds. */
const BATCH_LENGTH = 64 * 1024;
const LONGEST_DELAY = 100;
const MAX_BUFFERED = 4 * 1024 * 1024;
const RETRY_INTERVAL = 1_000;
/** A pipe whose reader is slow has room again soon. */
const FULL_PIPE_INTERVAL = 20;
const LINE_FEED = Buffer.from('\n');

export interface WriterOptions {
  /** Characters of lines that wait to be written; in UTF-8 each takes three bytes at most. */
  readonly maxBuffered?: number;
  /** Milliseconds until a line is written that no other follows. */
  readonly longestDelay?: number;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Batch {
  readonly bytes: Buffer;
  /** Bytes of it that are written. */
  offset: number;
  readonly sync: boolean;
  readonly waiters: readonly Waiter[];
}

export class LineWriter {
  readonly #target: LineTarget;
  readonly #health: WriterHealth;
  readonly #maxBuffered: number;
  readonly #longestDelay: number;
  /** Lines that are in no batch yet. */
  #pending = '';
  #waiters: Waiter[] = [];
  /** Whether somebody waits for the pending lines to be on the disk. */
  #sync = false;
  /** What is being written, or will be tried again. */
  #batch: Batch | undefined;
  /** Whether the file ends with a part of a line. */
  #afterPart = false;
  #busy = false;
  #running: Promise<void> | undefined;
  /** Whether pending lines are to be written now rather than with later ones. */
  #due = false;
  #reopen = false;
  /** Whether lines wait that came before {@link reopen}, and belong into the file that there was then. */
  #linesBefore = false;
  /** Whether nothing was written yet, or an error came last. */
  #recover = true;
  #closed = false;
  #delay: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryStopped = false;

  constructor(target: LineTarget, { maxBuffered = MAX_BUFFERED, longestDelay = LONGEST_DELAY }: WriterOptions = {}) {
    this.#target = target;
    this.#health = new WriterHealth(target.name);
    this.#maxBuffered = maxBuffered;
    this.#longestDelay = longestDelay;
  }

  set observer(observer: WriterObserver) {
    this.#health.observer = observer;
  }

  /**
   * @param line with its line feed
   * @returns whether it was taken: false where it was dropped
   */
  write(line: string): boolean {
    if (this.#closed || this.#pending.length + line.length > this.#maxBuffered) {
      this.#health.dropped(!this.#closed);
      return false;
    }
    this.#pending += line;
    if (this.#pending.length >= BATCH_LENGTH) this.#writeNow();
    else this.#delay ??= setTimeout(() => this.#writeNow(), this.#longestDelay).unref();
    return true;
  }

  /**
   * Writes a line and waits until it is on the disk. Lines that come while others are being written
   * go together, so that many cost little more than one.
   *
   * @param milliseconds how long to wait at most
   * @throws Error where it cannot be written now, or not within that time; it may be written later
   */
  async confirm(line: string, milliseconds: number): Promise<void> {
    if (this.#health.failure !== undefined)
      throw new Error(`${this.#target.name} cannot be written: ${this.#health.failure}`);
    if (!this.write(line)) throw new Error(`${this.#target.name} cannot be written: too many lines wait`);
    this.#sync = true;
    await this.#written(milliseconds);
  }

  /** Writes what waits. @returns whether it was all written within so many milliseconds */
  async flush(milliseconds: number): Promise<boolean> {
    this.#retryNow();
    try {
      await this.#written(milliseconds);
      return true;
    } catch {
      return false;
    }
  }

  /** Goes on in a file of the same name, which may have been moved away; what waits goes into the old one. */
  reopen(): void {
    this.#reopen = true;
    this.#linesBefore = this.#pending !== '';
    this.#retryNow();
    this.#writeNow();
  }

  /** Takes no more lines, and writes what waits within so many milliseconds. @returns whether all was written */
  async close(milliseconds: number): Promise<boolean> {
    this.#closed = true;
    const complete = await this.flush(milliseconds);
    this.#stopTimers();
    if (complete) await this.#running;
    // A write that never returns keeps its descriptor.
    if (!this.#busy) await this.#target.close().catch(() => undefined);
    return complete;
  }

  /** The last chance, where the process ends by itself or by an error: one try, without waiting. */
  writeAtExit(): void {
    if (this.#busy || this.#closed) return;
    const { bytes, offset } = this.#batch ?? this.#nextBatch();
    try {
      if (bytes.length > offset) this.#target.writeSync(bytes, offset);
    } catch {
      // Nobody is left to be told.
    }
  }

  /** Lines dropped so far. */
  get lost(): number {
    return this.#health.lost;
  }

  /** Trouble now, or lines lost within so many milliseconds; undefined where all is well. */
  trouble(within = 0): WriterTrouble | undefined {
    return this.#health.trouble(within);
  }

  #written(milliseconds: number): Promise<void> {
    const idle = !this.#busy && this.#health.failure === undefined;
    if (idle && this.#pending === '' && this.#batch === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.#target.name} cannot be written: it takes longer than ${milliseconds} ms`)),
        milliseconds,
      );
      this.#waiters.push({
        resolve: () => (clearTimeout(timer), resolve()),
        reject: (error) => (clearTimeout(timer), reject(error)),
      });
      // Those that come in the same turn of the event loop go together.
      setImmediate(() => this.#writeNow());
    });
  }

  #writeNow(): void {
    this.#due = true;
    if (!this.#busy && this.#retry === undefined) this.#running = this.#run();
  }

  /** Writes batch after batch while there is something due. Never rejects. */
  async #run(): Promise<void> {
    this.#busy = true;
    let interval: number | undefined;
    try {
      if (this.#recover) {
        this.#moveTo(await this.#target.recover());
        this.#recover = false;
        this.#reopen = false;
      }
      while (this.#batch !== undefined || this.#due) {
        this.#batch ??= this.#nextBatch();
        await this.#writeBatch(this.#batch);
        this.#health.recovered();
        for (const { resolve } of this.#batch.waiters) resolve();
        this.#batch = undefined;
        this.#moveTo(await this.#target.settle());
        if (!this.#reopen || this.#linesBefore) continue;
        this.#moveTo(await this.#target.reopen());
        this.#reopen = false;
      }
      this.#health.recovered();
    } catch (error) {
      interval = this.#failed(error);
    }
    this.#busy = false;
    if (interval !== undefined && !this.#retryStopped) this.#retryIn(interval);
  }

  #nextBatch(): Batch {
    clearTimeout(this.#delay);
    this.#delay = undefined;
    const batch = { bytes: Buffer.from(this.#pending), offset: 0, sync: this.#sync, waiters: this.#waiters };
    this.#pending = '';
    this.#waiters = [];
    this.#sync = false;
    this.#due = false;
    this.#linesBefore = false;
    return batch;
  }

  async #writeBatch(batch: Batch): Promise<void> {
    const { bytes } = batch;
    if (this.#afterPart && bytes.length > 0) {
      await this.#writeSome(LINE_FEED, 0);
      this.#afterPart = false;
    }
    while (batch.offset < bytes.length) batch.offset += await this.#writeSome(bytes, batch.offset);
    if (batch.sync) await this.#target.sync();
  }

  async #writeSome(bytes: Buffer, offset: number): Promise<number> {
    const written = await this.#target.write(bytes, offset);
    if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'EAGAIN' });
    return written;
  }

  /** Begins the line that is under way once more, unless it goes on where it stopped. */
  #moveTo(position: Position): void {
    if (position === 'same') return;
    const batch = this.#batch;
    const begun = batch !== undefined && batch.offset > 0 ? batch.bytes.lastIndexOf(0x0a, batch.offset - 1) + 1 : 0;
    const within = batch !== undefined && begun < batch.offset;
    this.#afterPart = position === 'part' || (position === 'unknown' && within);
    if (within) batch.offset = begun;
  }

  /** @returns milliseconds until the next try */
  #failed(error: unknown): number {
    const reason = codeOf(error);
    // Not an error, but a reader who takes its time; whoever waits has a deadline.
    if (reason === 'EAGAIN') return FULL_PIPE_INTERVAL;
    this.#recover = true;
    const failure = new Error(`${this.#target.name} cannot be written: ${reason}`, { cause: error });
    for (const { reject } of [...(this.#batch?.waiters ?? []), ...this.#waiters.splice(0)]) reject(failure);
    this.#health.failed(reason);
    return RETRY_INTERVAL;
  }

  #retryIn(milliseconds: number): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#running = this.#run();
    }, milliseconds).unref();
  }

  /** Does not wait for the next try: what there was no room for a moment ago may fit now. */
  #retryNow(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #stopTimers(): void {
    this.#retryNow();
    this.#retryStopped = true;
    clearTimeout(this.#delay);
  }
}

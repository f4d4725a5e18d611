/**
 * Polls folders for streams of notifications: one poller for each folder, whatever the number of streams. It begins
 * with the first stream and ends with the last one, so that nothing is polled for nobody.
 */
import { ResponseError } from '../../../ews/response-messages.ts';
import { pause } from '../../../network/abort.ts';
import { GraphError } from '../service/graph-error.ts';
import type { MailboxCalls } from '../service/mailbox-calls.ts';
import { eventsSince, type MailboxEvent, type Position, type WatchedFolder } from './mailbox-events.ts';

/** A stream's interest in a folder. */
export interface FeedMember {
  /** What happened, and the position behind it. */
  told(events: readonly MailboxEvent[], position: Position): void;
  /** The folder cannot be watched any more. */
  failed(error: unknown): void;
}

export interface FeedRequest {
  /** Called with the stream's own calls, to catch up with others. */
  readonly folder: WatchedFolder;
  readonly position: Position;
  readonly member: FeedMember;
  /** Whose token the poller uses: with delegated sign-in mailboxes have tokens of their own. */
  readonly actsAs: string;
  /** Calls of lowest priority that outlive the stream, until the signal is aborted. */
  readonly pollingCalls: (signal: AbortSignal) => MailboxCalls;
}

/** Messages that are reported at once. */
const MOST_MESSAGES = 250;
/** How long a folder is gone through before the next pause. */
const PATIENCE = 20_000;
const LONGEST_PAUSE = 300_000;

export class EventFeeds {
  readonly #feeds = new Map<string, EventFeed>();
  readonly #interval: number;

  /** @param interval milliseconds between two looks at a folder */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /**
   * Tells a member of what happens from a position on, until it leaves.
   *
   * @returns how it leaves
   * @throws ResponseError, GraphError or GatewayError where it cannot catch up with a folder that is watched already
   */
  async join({ folder, position, member, actsAs, pollingCalls }: FeedRequest): Promise<() => void> {
    const { address, id = '' } = folder;
    const key = JSON.stringify([actsAs.toLowerCase(), address.toLowerCase(), id, position.kind]);
    let feed = this.#feeds.get(key);
    if (feed === undefined) {
      const ending = new AbortController();
      feed = new EventFeed({ ...folder, calls: pollingCalls(ending.signal) }, position, ending, () =>
        this.#feeds.delete(key),
      );
      this.#feeds.set(key, feed);
      void feed.run(this.#interval);
      return feed.add(member);
    }
    return feed.addLate(member, folder, position);
  }
}

class EventFeed {
  readonly #folder: WatchedFolder;
  readonly #ending: AbortController;
  readonly #onEnd: () => void;
  readonly #members = new Set<FeedMember>();
  #position: Position;

  constructor(folder: WatchedFolder, position: Position, ending: AbortController, onEnd: () => void) {
    this.#folder = folder;
    this.#position = position;
    this.#ending = ending;
    this.#onEnd = onEnd;
  }

  add(member: FeedMember): () => void {
    this.#members.add(member);
    return () => {
      this.#members.delete(member);
      if (this.#members.size === 0) this.#end();
    };
  }

  /** Catches up from a member's own position; what the poller tells of meanwhile, and then again, is told once. */
  async addLate(member: FeedMember, folder: WatchedFolder, from: Position): Promise<() => void> {
    const told = new Set<string>();
    const early: [events: readonly MailboxEvent[], position: Position][] = [];
    let isLate = true;
    let rounds = 0;
    const leave = this.add({
      told: (events, position) => {
        if (isLate) early.push([events, position]);
        // The round after the catch-up still overlaps with it.
        else member.told(rounds++ === 0 ? events.filter((event) => !told.has(keyOf(event))) : events, position);
      },
      failed: (error) => member.failed(error),
    });
    try {
      let position = from;
      for (let more = JSON.stringify(from) !== JSON.stringify(this.#position); more;) {
        const found = await eventsSince(folder, position, MOST_MESSAGES, () => true);
        ({ position, more } = found);
        for (const event of found.events) told.add(keyOf(event));
        member.told(found.events, position);
      }
    } catch (error) {
      leave();
      throw error;
    }
    isLate = false;
    for (const [events, position] of early)
      member.told(
        events.filter((event) => !told.has(keyOf(event))),
        position,
      );
    return leave;
  }

  async run(interval: number): Promise<void> {
    const { signal } = this.#ending;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#look();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (isLasting(error)) {
          this.#fail(error);
          return;
        }
        failures++;
      }
      await pause(Math.min(interval * 2 ** failures, LONGEST_PAUSE), signal);
    }
  }

  async #look(): Promise<void> {
    const { signal } = this.#ending;
    for (let more = true; more && !signal.aborted;) {
      const until = performance.now() + PATIENCE;
      const found = await eventsSince(this.#folder, this.#position, MOST_MESSAGES, () => performance.now() < until);
      ({ position: this.#position, more } = found);
      for (const member of this.#members) member.told(found.events, found.position);
    }
  }

  #fail(error: unknown): void {
    this.#end();
    for (const member of this.#members) member.failed(error);
    this.#members.clear();
  }

  #end(): void {
    this.#onEnd();
    this.#ending.abort();
  }
}

/** Whether another look would find the same: the folder is gone, or Graph has forgotten the position. */
function isLasting(error: unknown): boolean {
  if (error instanceof ResponseError) return true;
  return (
    error instanceof GraphError && error.status >= 400 && error.status < 500 && ![408, 423, 429].includes(error.status)
  );
}

function keyOf({ kind, id, changeKey }: MailboxEvent): string {
  return `${kind} ${id} ${changeKey ?? ''}`;
}

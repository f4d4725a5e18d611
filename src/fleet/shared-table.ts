/**
 * A table of which each gateway holds all, and Redis what they agree on: a hash with one field for each entry,
 * `MILLISECONDS SEALED`. A change is stored only where it is later than what is there, and is told to the others in
 * the same step. When a gateway joins, both sides get what they lack.
 *
 * Entries are sealed with the state key: who can write to Redis cannot make a password count.
 */
import type { SealBinding, StateSealer } from '../state/state-sealer.ts';
import type { Shareable, SharedEntry, Sharing } from '../state/sharing.ts';
import { script, type RedisLink } from './redis-link.ts';

/** Changes that could not be told are kept until the next join, the latest for each key. */
const MAX_UNSENT = 10_000;
const PAGE = 200;
/** That something was removed is remembered for this long: a gateway that was away for longer brings it back. */
const REMOVED_REMEMBERED = 30 * 86_400_000;

/**
 * KEYS: the hash. ARGV: field, milliseconds, record, channel, message, milliseconds that it must have had or ''.
 * Returns whether it was stored.
 */
const STORE = script(`
local old = redis.call('HGET', KEYS[1], ARGV[1])
local at = old and tonumber(string.match(old, '^%d+')) or -1
if ARGV[6] ~= '' and at ~= -1 and at ~= tonumber(ARGV[6]) then return 0 end
if at >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
`);

/** How a part of the fleet speaks to the same part of the other gateways. */
export interface Speaker {
  readonly link: RedisLink;
  /** Without prefix. */
  readonly channel: string;
  /** Id of this gateway, by which it knows its own messages. */
  readonly sender: string;
}

export class SharedTable implements Sharing {
  readonly #name: string;
  readonly #table: Shareable;
  readonly #speaker: Speaker;
  readonly #sealer: StateSealer;
  /** When each entry was changed last, as far as is known here. */
  readonly #known = new Map<string, number>();
  #hasLooked = false;
  readonly #unsent = new Map<string, SharedEntry>();

  constructor(name: string, table: Shareable, speaker: Speaker, sealer: StateSealer) {
    this.#name = name;
    this.#table = table;
    this.#speaker = speaker;
    this.#sealer = sealer;
  }

  changed(entry: SharedEntry): void {
    void this.#tell(this.#later(entry));
  }

  async claim(key: string): Promise<boolean> {
    const found = this.#knownAt(key);
    const removed = this.#later({ key, at: Date.now(), value: undefined });
    try {
      return await this.#store(removed, found);
    } catch {
      this.#keepUnsent(removed);
      return true;
    }
  }

  /** What another gateway has changed. @throws Error where it cannot be kept */
  receive(key: string, record: string): void {
    this.#take(this.#parse(key, record));
  }

  /** Gets what is newer in Redis, and puts there what is newer here. @throws Error */
  async join(): Promise<void> {
    const { link } = this.#speaker;
    const remote = new Map<string, number>();
    for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
      const page = await link.ask((client) => client.hScan(link.key(this.#name), cursor, { COUNT: PAGE }));
      const entries = page.entries.flatMap(({ field, value }) => this.#parse(String(field), String(value)));
      for (const { key, at } of entries) remote.set(key, at);
      this.#take(entries);
      await this.#forgetRemoved(entries);
      cursor = String(page.cursor);
    }
    const own = new Map([...this.#table.entries()].map((entry) => [entry.key, entry]));
    for (const [key, entry] of this.#unsent) own.set(key, entry);
    for (const [key, entry] of own) {
      if ((remote.get(key) ?? -1) < entry.at) await this.#store(entry);
      // Another change may have come meanwhile.
      if (this.#unsent.get(key) === entry) this.#unsent.delete(key);
      this.#known.set(key, Math.max(entry.at, this.#knownAt(key)));
    }
  }

  #take(entries: readonly SharedEntry[]): void {
    const newer = entries.filter(({ key, at }) => at > this.#knownAt(key));
    if (newer.length === 0) return;
    this.#table.take(newer);
    for (const { key, at } of newer) this.#known.set(key, at);
  }

  #knownAt(key: string): number {
    if (!this.#hasLooked) {
      this.#hasLooked = true;
      // What was kept by a process before this one. Of the entry that changes now, the table has the new one already.
      for (const own of this.#table.entries())
        if (own.key !== key && !this.#known.has(own.key)) this.#known.set(own.key, own.at);
    }
    return this.#known.get(key) ?? -1;
  }

  /** Later than what is known of it, also where this gateway's clock is behind. */
  #later(entry: SharedEntry): SharedEntry {
    const at = Math.max(entry.at, this.#knownAt(entry.key) + 1);
    this.#known.set(entry.key, at);
    return { ...entry, at };
  }

  async #tell(entry: SharedEntry): Promise<void> {
    try {
      await this.#store(entry);
    } catch {
      this.#keepUnsent(entry);
    }
  }

  #keepUnsent(entry: SharedEntry): void {
    this.#unsent.delete(entry.key);
    this.#unsent.set(entry.key, entry);
    if (this.#unsent.size <= MAX_UNSENT) return;
    const [oldest] = this.#unsent.keys();
    if (oldest !== undefined) this.#unsent.delete(oldest);
  }

  /** @param expected when it must have been changed last; undefined: before */
  async #store(entry: SharedEntry, expected?: number): Promise<boolean> {
    const { key, at, value } = entry;
    const { link, channel, sender } = this.#speaker;
    const record = `${at} ${this.#sealer.seal(this.#bindingOf(key), { at, value })}`;
    const message = JSON.stringify({ sender, table: this.#name, key, record });
    return (await link.run(STORE, [this.#name], [key, at, record, link.key(channel), message, expected ?? ''])) === 1;
  }

  /** The entry of a record; none where it was not made with this state key. */
  #parse(key: string, record: string): SharedEntry[] {
    const blank = record.indexOf(' ');
    const opened = this.#sealer.open(this.#bindingOf(key), record.slice(blank + 1));
    if (opened === undefined) return [];
    const { at, value } = opened as { readonly at: number; readonly value?: unknown };
    return String(at) === record.slice(0, blank) ? [{ key, at, value }] : [];
  }

  #bindingOf(key: string): SealBinding {
    return { purpose: `shared ${this.#name}`, backend: '', caller: key, mailbox: '' };
  }

  async #forgetRemoved(entries: readonly SharedEntry[]): Promise<void> {
    const before = Date.now() - REMOVED_REMEMBERED;
    const old = entries.filter(({ at, value }) => value === undefined && at < before).map(({ key }) => key);
    const { link } = this.#speaker;
    if (old.length > 0) await link.ask((client) => client.hDel(link.key(this.#name), old));
  }
}

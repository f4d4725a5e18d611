/**
 * Passwords that were taken over from the clients themselves, for administrators who no longer
 * know what was typed in years ago: `ews-gateway enrol` starts an enrolment, and the first password that
 * comes for the caller from one of its addresses is hashed and kept, which ends it. Beside them
 * stand new hashes of configured passwords whose hash is of an old kind.
 *
 * On disk a window has its end by the wall clock. In a process it ends by the monotonic clock, so that
 * setting the clock neither closes it nor keeps it open.
 */
import { readSecretIfThere, writeAtomically } from '../state/atomic-file.ts';
import { UNSHARED, type Share, type Shareable, type SharedEntry, type Sharing } from '../state/sharing.ts';
import { parsePasswordHash } from './password-hash.ts';

export interface EnrolmentWindow {
  readonly name: string;
  readonly until: Date;
}

export interface Clocks {
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonic: () => number;
}

export interface NewHash {
  readonly name: string;
  readonly hash: string;
  readonly configured: string | undefined;
}

interface Pinned {
  readonly hash: string;
  /** The configured hash it stands in for: once that changes, the configuration counts again. */
  readonly replaces: string | null;
  /** ISO 8601; missing in files of earlier releases. */
  readonly at?: string;
}

/** ISO 8601. */
interface StoredWindow {
  readonly opened: string;
  readonly until: string;
  readonly replace: boolean;
}

interface State {
  readonly version: 1;
  readonly passwords: Record<string, Pinned>;
  readonly windows: Record<string, StoredWindow>;
}

interface OpenWindow {
  readonly stored: StoredWindow;
  /** By the monotonic clock. */
  readonly end: number;
}

const REAL: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };
const LONGEST = 86_400_000;

/** What other gateways know an entry by. */
const KEYS = { password: 'password ', window: 'window ' } as const;

export class Enrolments implements Shareable {
  readonly #file: string;
  readonly #clocks: Clocks;
  readonly #sharing: Sharing;
  /** Called when another gateway has learned a password, or forgotten one. */
  onTaken: () => void = () => undefined;
  readonly #open = new Map<string, OpenWindow>();
  #passwords: Readonly<Record<string, Pinned>>;

  /**
   * @param file where they are kept
   * @param share with other gateways
   * @throws Error where the file cannot be read, or is none of this kind
   */
  constructor(file: string, share: Share = UNSHARED, clocks: Clocks = REAL) {
    this.#clocks = clocks;
    this.#file = file;
    this.#sharing = share(this);
    const text = readSecretIfThere(file);
    const state: State = text === undefined ? { version: 1, passwords: {}, windows: {} } : parseState(file, text);
    this.#passwords = state.passwords;
    for (const [name, stored] of Object.entries(state.windows)) {
      // Before it was opened: the clock was set back, and nobody knows how much time has passed.
      if (Date.parse(stored.opened) <= clocks.wall()) this.#reopen(name, stored);
    }
  }

  #reopen(name: string, stored: StoredWindow): void {
    const left = Date.parse(stored.until) - this.#clocks.wall();
    if (left > 0) this.#open.set(name, { stored, end: this.#clocks.monotonic() + Math.min(left, LONGEST) });
  }

  /** The hash that counts for a name, given the configured one. */
  hashOf(name: string, configured: string | undefined): string | undefined {
    const pinned = Object.hasOwn(this.#passwords, name) ? this.#passwords[name] : undefined;
    return pinned !== undefined && pinned.replaces === (configured ?? null) ? pinned.hash : configured;
  }

  /** Names with a hash of their own here. */
  names(): string[] {
    return Object.keys(this.#passwords);
  }

  /** Windows that are open now. */
  windows(): EnrolmentWindow[] {
    const [wall, now] = [this.#clocks.wall(), this.#clocks.monotonic()];
    return [...this.#open].flatMap(([name, { end }]) =>
      end > now ? [{ name, until: new Date(wall + end - now) }] : [],
    );
  }

  /**
   * Whether the first password for a name is to be taken over.
   *
   * @param hasPassword whether it would take the place of another
   */
  isOpen(name: string, hasPassword: boolean): boolean {
    const window = this.#open.get(name);
    return window !== undefined && window.end > this.#clocks.monotonic() && (window.stored.replace || !hasPassword);
  }

  /** @throws Error where it cannot be kept */
  open(name: string, until: Date, replace: boolean): void {
    const [wall, now] = [this.#clocks.wall(), this.#clocks.monotonic()];
    const stored = { opened: new Date(wall).toISOString(), until: until.toISOString(), replace };
    const windows = new Map([...this.#open, [name, { stored, end: now + until.getTime() - wall }]]);
    this.#write(this.#passwords, windows);
    this.#sharing.changed(windowEntry(name, stored));
  }

  /** Takes the open window of a name, so that nobody else can; false where there is none. */
  async claim(name: string, hasPassword: boolean): Promise<boolean> {
    const window = this.#open.get(name);
    if (window === undefined || !this.isOpen(name, hasPassword)) return false;
    this.#write(this.#passwords, new Map([...this.#open].filter(([each]) => each !== name)));
    return this.#sharing.claim(windowEntry(name, window.stored).key);
  }

  /** Keeps the hash of the password that came, or new hashes of passwords that are known. */
  pin(hashes: readonly NewHash[]): void {
    const at = new Date(this.#clocks.wall()).toISOString();
    const added = hashes.map(({ name, hash, configured }): [string, Pinned] => [
      name,
      { hash, replaces: configured ?? null, at },
    ]);
    this.#write({ ...this.#passwords, ...Object.fromEntries(added) }, this.#open);
    for (const [name, pinned] of added) this.#sharing.changed(passwordEntry(name, pinned));
  }

  /** Forgets the password of a caller that was removed, so that it does not open a later one of the same name. */
  forget(name: string): void {
    const { [name]: _password, ...passwords } = this.#passwords;
    this.#write(passwords, new Map([...this.#open].filter(([each]) => each !== name)));
    const at = this.#clocks.wall();
    for (const kind of [KEYS.password, KEYS.window])
      this.#sharing.changed({ key: `${kind}${name}`, at, value: undefined });
  }

  *entries(): Iterable<SharedEntry> {
    for (const [name, pinned] of Object.entries(this.#passwords)) yield passwordEntry(name, pinned);
    for (const [name, { stored }] of this.#open) yield windowEntry(name, stored);
  }

  take(entries: readonly SharedEntry[]): void {
    const passwords = { ...this.#passwords };
    for (const { key, value } of entries) {
      const kind = key.startsWith(KEYS.window) ? KEYS.window : KEYS.password;
      const name = key.slice(kind.length);
      if (kind === KEYS.window) {
        this.#open.delete(name);
        if (isWindow(value)) this.#reopen(name, value);
      } else if (value === undefined) delete passwords[name];
      else if (isPinned(value)) passwords[name] = value;
    }
    this.#write(passwords, new Map(this.#open));
    this.onTaken();
  }

  #write(passwords: Readonly<Record<string, Pinned>>, windows: ReadonlyMap<string, OpenWindow>): void {
    const now = this.#clocks.monotonic();
    const open = [...windows].filter(([, { end }]) => end > now);
    const stored = Object.fromEntries(open.map(([name, window]) => [name, window.stored]));
    const state: State = { version: 1, passwords, windows: stored };
    writeAtomically(this.#file, `${JSON.stringify(state, null, 2)}\n`);
    this.#passwords = passwords;
    this.#open.clear();
    for (const [name, window] of open) this.#open.set(name, window);
  }
}

function parseState(file: string, text: string): State {
  const problem = new Error(
    `${file} is not a state file of the gateway. Restore it, or remove it and enrol the callers again.`,
  );
  let value: Partial<State>;
  try {
    value = (JSON.parse(text) as Partial<State> | null) ?? {};
  } catch (error) {
    throw new Error(problem.message, { cause: error });
  }
  const { version, passwords, windows } = value;
  if (version !== 1 || !isRecord(passwords) || !isRecord(windows)) throw problem;
  const read = Object.entries(windows).map(readWindow);
  if (!Object.values(passwords).every(isPinned) || !read.every(([, window]) => isWindow(window))) throw problem;
  return { version, passwords, windows: Object.fromEntries(read) };
}

function passwordEntry(name: string, pinned: Pinned): SharedEntry {
  return { key: `${KEYS.password}${name}`, at: Date.parse(pinned.at ?? '') || 0, value: pinned };
}

function windowEntry(name: string, stored: StoredWindow): SharedEntry {
  return { key: `${KEYS.window}${name}`, at: Date.parse(stored.opened), value: stored };
}

function isPinned(value: unknown): value is Pinned {
  const { hash } = (value ?? {}) as Partial<Pinned>;
  return typeof hash === 'string' && parsePasswordHash(hash) !== undefined;
}

function isWindow(value: unknown): value is StoredWindow {
  const { opened, until, replace } = (value ?? {}) as Partial<StoredWindow>;
  return typeof opened === 'string' && typeof until === 'string' && typeof replace === 'boolean';
}

/** Before 0.1.0 a window was its end alone. */
function readWindow([name, window]: readonly [string, StoredWindow | string]): [string, StoredWindow] {
  if (typeof window !== 'string') return [name, window];
  return [name, { opened: new Date(0).toISOString(), until: window, replace: true }];
}

function isRecord<T extends object>(value: T | undefined): value is T {
  return typeof value === 'object' && value !== null;
}

/**
 * Passwords that were taken over from the workflows themselves, for administrators who no longer
 * know what was typed in years ago: `ews-gateway enrol` opens a window, the first password that
 * comes for the caller from one of its addresses is hashed and kept, and the window closes.
 */
import { readSecretIfThere, writeAtomically } from '../state/atomic-file.ts';
import { parsePasswordHash } from './password-hash.ts';

export interface EnrolmentWindow {
  readonly name: string;
  readonly until: Date;
}

interface Pinned {
  readonly hash: string;
  /** The configured hash it stands in for: once that changes, the configuration counts again. */
  readonly replaces: string | null;
}

interface State {
  readonly version: 1;
  readonly passwords: Record<string, Pinned>;
  /** Ends of open windows, ISO 8601, by name. */
  readonly windows: Record<string, string>;
}

export class Enrolments {
  readonly #file: string;
  readonly #now: () => number;
  #state: State;

  /**
   * @param file where they are kept
   * @param now milliseconds since the epoch
   * @throws Error where the file cannot be read, or is none of this kind
   */
  constructor(file: string, now: () => number = Date.now) {
    this.#now = now;
    this.#file = file;
    const text = readSecretIfThere(file);
    this.#state = text === undefined ? { version: 1, passwords: {}, windows: {} } : parseState(file, text);
  }

  /** The hash that counts for a name, given the configured one. */
  hashOf(name: string, configured: string | undefined): string | undefined {
    const pinned = Object.hasOwn(this.#state.passwords, name) ? this.#state.passwords[name] : undefined;
    return pinned !== undefined && pinned.replaces === (configured ?? null) ? pinned.hash : configured;
  }

  /** Names with a password that was taken over. */
  names(): string[] {
    return Object.keys(this.#state.passwords);
  }

  /** Windows that are open now. */
  windows(): EnrolmentWindow[] {
    return Object.entries(this.#state.windows).flatMap(([name, until]) =>
      Date.parse(until) > this.#now() ? [{ name, until: new Date(until) }] : [],
    );
  }

  /** @throws Error where it cannot be kept */
  open(name: string, until: Date): void {
    this.#write({ ...this.#state, windows: { ...this.#state.windows, [name]: until.toISOString() } });
  }

  /** Takes the open window of a name, so that nobody else can; false where there is none. */
  claim(name: string): boolean {
    if (!this.windows().some((window) => window.name === name)) return false;
    const { [name]: _taken, ...windows } = this.#state.windows;
    this.#write({ ...this.#state, windows });
    return true;
  }

  /** Keeps the hash of the password that came. */
  pin(name: string, hash: string, configured: string | undefined): void {
    this.#write({
      ...this.#state,
      passwords: { ...this.#state.passwords, [name]: { hash, replaces: configured ?? null } },
    });
  }

  /** Forgets the password of a caller that was removed, so that it does not open a later one of the same name. */
  forget(name: string): void {
    const { [name]: _password, ...passwords } = this.#state.passwords;
    const { [name]: _window, ...windows } = this.#state.windows;
    this.#write({ ...this.#state, passwords, windows });
  }

  #write(state: State): void {
    const windows = Object.fromEntries(
      Object.entries(state.windows).filter(([, until]) => Date.parse(until) > this.#now()),
    );
    const next = { ...state, windows };
    writeAtomically(this.#file, `${JSON.stringify(next, null, 2)}\n`);
    this.#state = next;
  }
}

function parseState(file: string, text: string): State {
  const problem = new Error(
    `${file} is not a state file of the gateway. Restore it, or remove it and enrol the callers anew.`,
  );
  let value: Partial<State>;
  try {
    value = JSON.parse(text) as Partial<State>;
  } catch (error) {
    throw new Error(problem.message, { cause: error });
  }
  const { version, passwords, windows } = value;
  if (version !== 1 || typeof passwords !== 'object' || typeof windows !== 'object') throw problem;
  for (const { hash } of Object.values(passwords)) if (parsePasswordHash(hash) === undefined) throw problem;
  return { version, passwords, windows };
}

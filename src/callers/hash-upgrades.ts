/**
 * Replaces hashes of an old kind once a sign-in has shown the password. The configuration is never
 * rewritten: the new hash stands in the state file, and counts while the configured one is unchanged.
 */
import type { NewHash } from './enrolments.ts';
import { pause } from './refusal-timing.ts';

export interface UpgradeOptions {
  readonly hash: (password: string) => Promise<string>;
  /** Whether a core is free for it: who signs in comes first. */
  readonly isIdle: () => boolean;
  /** Keeps the new hashes, of those whose old hash still counts. */
  readonly keep: (upgraded: readonly Upgraded[]) => void;
  readonly onFailed: (error: unknown) => void;
}

export interface Upgraded extends NewHash {
  /** The hash that counted before. */
  readonly old: string;
}

interface Due {
  readonly password: string;
  readonly old: string;
  readonly configured: string | undefined;
}

const MAX_DUE = 1_000;
/** Written to disk at once at most. */
const BATCH = 100;
const LOOK_AGAIN = 1_000;

export class HashUpgrades {
  readonly #options: UpgradeOptions;
  readonly #due = new Map<string, Due>();
  #running: Promise<void> | undefined;

  constructor(options: UpgradeOptions) {
    this.#options = options;
  }

  /** Ends when nothing is due. */
  get done(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** What finds no room is upgraded after a later start. */
  add(name: string, due: Due): void {
    if (this.#due.size >= MAX_DUE && !this.#due.has(name)) return;
    this.#due.set(name, due);
    this.#running ??= this.#run()
      .catch(this.#options.onFailed)
      .finally(() => (this.#running = undefined));
  }

  async #run(): Promise<void> {
    while (this.#due.size > 0) {
      const upgraded: Upgraded[] = [];
      for (const [name, { password, old, configured }] of [...this.#due].slice(0, BATCH)) {
        while (!this.#options.isIdle()) await pause(LOOK_AGAIN);
        upgraded.push({ name, hash: await this.#options.hash(password), old, configured });
        this.#due.delete(name);
      }
      this.#options.keep(upgraded);
    }
  }
}

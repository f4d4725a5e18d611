/**
 * Adds and removes callers in the file that the configuration loader reads beside the configuration. What is added or
 * removed at one gateway of a fleet, all have in their files.
 */
import type { Logger } from 'pino';
import { normalName } from '../callers/user-name.ts';
import { parseAddedCallers, problemsOf, textOf } from '../config/added-callers.ts';
import { ConfigError } from '../config/problems.ts';
import type { AddedCaller, Config } from '../config/types.ts';
import { codeOf } from '../errors.ts';
import { writeAtomically } from '../state/atomic-file.ts';
import { UNSHARED, type Share, type Shareable, type SharedEntry, type Sharing } from '../state/sharing.ts';
import { VALIDATORS } from './load-config.ts';

type Entries = readonly AddedCaller[];

export class AddedCallers implements Shareable {
  readonly #log: Logger;
  readonly #sharing: Sharing;
  #config: Config;
  /** Of other gateways, what cannot be kept here as the configuration or the file is. */
  readonly #waiting = new Map<string, SharedEntry>();

  constructor(config: Config, log: Logger, share: Share = UNSHARED) {
    this.#config = config;
    this.#log = log;
    this.#sharing = share(this);
  }

  /** Goes on with the configuration in force. */
  goOnWith(config: Config): void {
    this.#config = config;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    if (waiting.length > 0) this.take(waiting);
  }

  /** @returns why not, in a sentence; undefined where it was added, to take effect with the next reload */
  add(entry: AddedCaller): string | undefined {
    const name = normalName(entry.username);
    const { callers, file } = this.#config;
    if (callers.some((caller) => caller.added !== true && normalName(caller.username) === name))
      return `${entry.username} stands in ${file} already.`;
    const added = { ...entry, at: new Date().toISOString() };
    const problem = this.#change((entries) =>
      entries.some(({ username }) => normalName(username) === name)
        ? `${entry.username} was added already.`
        : [...entries, added],
    );
    if (problem === undefined) this.#sharing.changed(sharedEntry(added));
    return problem;
  }

  /** @returns as {@link add} */
  remove(username: string): string | undefined {
    const name = normalName(username);
    const problem = this.#change((entries) => {
      const kept = entries.filter((entry) => normalName(entry.username) !== name);
      return kept.length === entries.length ? `${username} was not added on this page.` : kept;
    });
    if (problem === undefined) this.#sharing.changed({ key: name, at: Date.now(), value: undefined });
    return problem;
  }

  *entries(): Iterable<SharedEntry> {
    const entries = this.#read();
    // The status page says what is wrong with the file.
    if (typeof entries !== 'string') yield* entries.map(sharedEntry);
  }

  take(changes: readonly SharedEntry[]): void {
    const file = this.#read();
    if (typeof file === 'string') {
      for (const change of changes) this.#waiting.set(change.key, change);
      return;
    }
    const entries = new Map(file.map((entry) => [normalName(entry.username), entry]));
    for (const change of changes) {
      const { key, value } = change;
      this.#waiting.delete(key);
      if (value === undefined) {
        entries.delete(key);
        continue;
      }
      try {
        const [entry] = this.#parse(textFor([value as AddedCaller]));
        if (entry !== undefined) entries.set(key, entry);
      } catch (error) {
        this.#waiting.set(key, change);
        this.#log.warn(
          { caller: key, problem: problemOf(error) },
          'a caller that was added at another gateway cannot be here: the configurations of the gateways differ',
        );
      }
    }
    const text = textFor([...entries.values()]);
    if (text !== textFor(file)) writeAtomically(this.#config.addedCallers.file, text);
  }

  #change(next: (entries: Entries) => Entries | string): string | undefined {
    const { file } = this.#config.addedCallers;
    const entries = this.#read();
    if (typeof entries === 'string')
      return `The gateway does not write to ${file}, since it is not usable: ${entries}.`;
    const changed = next(entries);
    if (typeof changed === 'string') return changed;
    const text = textFor(changed);
    try {
      this.#parse(text);
      writeAtomically(file, text);
    } catch (error) {
      if (error instanceof ConfigError) return `${problemOf(error)}.`;
      return `${file} cannot be written (${codeOf(error)}): the gateway's account needs the right to write there.`;
    }
    return undefined;
  }

  /** @returns what is wrong with the file, where it is not usable */
  #read(): Entries | string {
    try {
      return this.#parse(textOf(this.#config.addedCallers.file));
    } catch (error) {
      return problemsOf(error);
    }
  }

  /** @throws ConfigError */
  #parse(text: string | undefined): Entries {
    const { addedCallers, registrations } = this.#config;
    return parseAddedCallers(addedCallers.file, text, [...registrations.keys()], VALIDATORS).entries;
  }
}

function textFor(callers: Entries): string {
  return `${JSON.stringify({ version: 1, callers }, null, 2)}\n`;
}

function sharedEntry(entry: AddedCaller): SharedEntry {
  return { key: normalName(entry.username), at: Date.parse(entry.at ?? '') || 0, value: entry };
}

/** What is wrong with an entry that does not stand in the file yet. */
function problemOf(error: unknown): string {
  if (!(error instanceof ConfigError)) return String(error);
  return error.problems
    .map((problem) => /:\d+:\d+: (?:callers\[\d+\]\.?)?([^\n]*)/.exec(problem)?.[1] ?? problem)
    .join('; ');
}

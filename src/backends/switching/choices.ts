/**
 * Which service answers a mailbox with `backend: auto`, where that is not simply EWS: because Graph took over, or
 * because an administrator has set it. Kept in a file, so that a restart brings no mailbox back: each change of
 * the service costs its clients a full synchronisation.
 *
 * An entry stands for a mailbox that Graph has opened, or that an administrator has named, so that their number is
 * that of the tenant's mailboxes at most.
 */
import { readIfThere, writeAtomically } from '../../state/atomic-file.ts';
import { UNSHARED, type Share, type Shareable, type SharedEntry, type Sharing } from '../../state/sharing.ts';
import type { ServiceName } from '../backend.ts';

export interface Choice {
  readonly service: ServiceName;
  /** Whether an administrator has set it by command; else Graph took over by itself. */
  readonly isSet: boolean;
  /** ISO 8601. */
  readonly since: string;
  /** Why, in a sentence without a full stop. */
  readonly reason: string;
}

interface State {
  readonly version: 1;
  /** By registration, then by address in lower case. */
  readonly registrations: Readonly<Record<string, Readonly<Record<string, Choice>>>>;
}

export class BackendChoices implements Shareable {
  readonly #file: string;
  readonly #choices = new Map<string, Map<string, Choice>>();
  readonly #sharing: Sharing;

  /**
   * @param share with other gateways
   * @throws Error where the file cannot be read, or is none of this kind
   */
  constructor(file: string, share: Share = UNSHARED) {
    this.#file = file;
    this.#sharing = share(this);
    const text = readIfThere(file);
    if (text === undefined) return;
    for (const [name, choices] of Object.entries(parseState(file, text).registrations))
      this.#choices.set(name, new Map(Object.entries(choices)));
  }

  of(registration: string, mailbox: string): Choice | undefined {
    return this.#choices.get(registration)?.get(mailbox.toLowerCase());
  }

  /** By address in lower case. */
  all(registration: string): ReadonlyMap<string, Choice> {
    return this.#choices.get(registration) ?? new Map<string, Choice>();
  }

  /**
   * @param choice undefined: EWS, until it is blocked
   * @throws Error where it cannot be written; it counts all the same, until a restart
   */
  choose(registration: string, mailbox: string, choice: Choice | undefined): void {
    const address = mailbox.toLowerCase();
    this.#keep(registration, address, choice);
    const at = choice === undefined ? Date.now() : Date.parse(choice.since);
    this.#sharing.changed({ key: keyOf(registration, address), at, value: choice });
    this.#write();
  }

  *entries(): Iterable<SharedEntry> {
    for (const [registration, choices] of this.#choices)
      for (const [address, choice] of choices)
        yield { key: keyOf(registration, address), at: Date.parse(choice.since), value: choice };
  }

  take(entries: readonly SharedEntry[]): void {
    for (const { key, value } of entries) {
      const names = placeOf(key);
      if (names !== undefined && (value === undefined || isChoice(value))) this.#keep(...names, value);
    }
    this.#write();
  }

  #keep(registration: string, address: string, choice: Choice | undefined): void {
    const choices = this.#choices.get(registration) ?? new Map<string, Choice>();
    this.#choices.set(registration, choices);
    if (choice === undefined) choices.delete(address);
    else choices.set(address, choice);
  }

  #write(): void {
    const registrations = Object.fromEntries(
      [...this.#choices].map(([name, entries]) => [name, Object.fromEntries(entries)]),
    );
    const state: State = { version: 1, registrations };
    writeAtomically(this.#file, `${JSON.stringify(state, null, 2)}\n`);
  }
}

/** Registrations have no blank in their name. */
function keyOf(registration: string, address: string): string {
  return `${registration} ${address}`;
}

function placeOf(key: string): [registration: string, address: string] | undefined {
  const blank = key.indexOf(' ');
  return blank < 1 ? undefined : [key.slice(0, blank), key.slice(blank + 1)];
}

function parseState(file: string, text: string): State {
  const problem = `${file} does not hold the gateway's choices of backends. Restore it, or remove it: mailboxes with \
backend: auto then begin with EWS again.`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(problem, { cause: error });
  }
  if (!isState(value)) throw new Error(problem);
  return value;
}

function isState(value: unknown): value is State {
  if (!isRecord(value) || value['version'] !== 1 || !isRecord(value['registrations'])) return false;
  return Object.values(value['registrations']).every(
    (choices) => isRecord(choices) && Object.values(choices).every(isChoice),
  );
}

function isChoice(value: unknown): value is Choice {
  return (
    isRecord(value) &&
    (value['service'] === 'ews' || value['service'] === 'graph') &&
    typeof value['isSet'] === 'boolean' &&
    typeof value['since'] === 'string' &&
    !Number.isNaN(Date.parse(value['since'])) &&
    typeof value['reason'] === 'string'
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

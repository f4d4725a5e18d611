/** Whose a user name is, and which password hash counts for it. */
import type { CallerConfig } from '../config/types.ts';
import type { Enrolments } from './enrolments.ts';
import { parsePasswordHash, questionMarksForm, type PasswordHash } from './password-hash.ts';
import { findCaller, nameOfCaller, normalName } from './user-name.ts';

export interface CallerEntry {
  readonly caller: CallerConfig;
  /** The name under which an enrolled password is kept. */
  readonly name: string;
  /** The configured hash. */
  readonly configured: string | undefined;
  /** What counts, undefined where there is no password yet. */
  readonly hash: { readonly text: string; readonly parsed: PasswordHash } | undefined;
}

export class CallerDirectory {
  readonly #callers: ReadonlyMap<string, CallerConfig>;
  readonly #enrolments: Enrolments;
  /** User names as clients send them that write a `?` for each letter beyond ASCII. */
  readonly #questionMarksForms: ReadonlySet<string>;

  constructor(callers: readonly CallerConfig[], enrolments: Enrolments) {
    this.#callers = new Map(callers.map((caller) => [normalName(caller.username), caller]));
    this.#enrolments = enrolments;
    this.#questionMarksForms = new Set([...this.#callers.keys()].flatMap((name) => questionMarksForm(name) ?? []));
  }

  /** A caller of this name, or a mailbox of a domain that is one. */
  find(username: string): CallerEntry | undefined {
    const caller = findCaller(this.#callers, username);
    if (caller === undefined) return undefined;
    const name = normalName(caller.username);
    const configured = caller.domainPasswords === undefined ? caller.passwordHash : caller.domainPasswords.get(name);
    const text = this.#enrolments.hashOf(name, configured);
    const parsed = text === undefined ? undefined : parsePasswordHash(text);
    const hash = text === undefined || parsed === undefined ? undefined : { text, parsed };
    return { caller, name, configured, hash };
  }

  /** Whichever mailbox stands behind it: failures and locks are the caller's. */
  nameOf(username: string): string {
    return nameOfCaller(this.#callers, username);
  }

  /** Whether it is a caller's name, with a `?` for each letter beyond ASCII. */
  isQuestionMarksForm(username: string): boolean {
    return this.#questionMarksForms.has(normalName(username));
  }

  /** Addresses of a domain with a password of their own. */
  mailboxesOf(domain: CallerConfig): string[] {
    const suffix = normalName(domain.username);
    const enrolled = this.#enrolments
      .names()
      .filter((name) => name.endsWith(suffix) && !this.#callers.has(name) && this.find(name)?.hash !== undefined);
    return [...new Set([...(domain.domainPasswords?.keys() ?? []), ...enrolled])];
  }

  /** How many passwords there are, or may come to be. */
  get size(): number {
    const configured = [...this.#callers.values()].map(({ domainPasswords }) => domainPasswords?.size ?? 1);
    return configured.reduce((sum, count) => sum + count, this.#enrolments.names().length);
  }
}

/** What administrators change while the gateway runs. Each change is a line in the log and in the audit log. */
import { setTimeout as sleep } from 'node:timers/promises';
import { normalName } from '../callers/user-name.ts';
import type { AddedCaller, BackendName } from '../config/types.ts';
import type { AdministrationEntry } from '../telemetry/audit-entry.ts';
import type { AdminOptions } from './admin-options.ts';
import { switchingFor } from './backend-choice.ts';

/** How long a page waits until a change of the callers is in force, and between looks, in milliseconds. */
const LONGEST_WAIT = 2_000;
const LOOK_INTERVAL = 50;

export class Administration {
  readonly #options: AdminOptions;

  constructor(options: AdminOptions) {
    this.#options = options;
  }

  /** @param administrator the administrator's address, here and below @returns whether it was locked */
  async unlock(nameOrAddress: string, administrator: string): Promise<boolean> {
    const wasLocked = await this.#options.runtime().lockout.unlock(nameOrAddress);
    this.#options.log.info({ unlocked: nameOrAddress, wasLocked, source: administrator }, 'unlocked');
    this.#audit({ event: 'UNLOCKED', subject: nameOrAddress, source: administrator });
    return wasLocked;
  }

  /** @returns why not, else undefined */
  openEnrolment(
    username: string,
    until: Date,
    replace: boolean,
    administrator: string,
  ): 'unknown-user' | 'has-password' | undefined {
    const refusal = this.#options.runtime().authenticator.openEnrolment(username, until, replace);
    if (refusal !== undefined) return refusal;
    this.#options.log.warn(
      { caller: username, until, source: administrator },
      'enrolment opened: the gateway learns the password of this caller from its next sign-in',
    );
    this.#audit({ event: 'ENROLMENT_OPENED', subject: username, source: administrator });
    return undefined;
  }

  /** @returns why not, in a sentence, else undefined once it is in force or two seconds have passed */
  async addCaller(caller: AddedCaller, administrator: string): Promise<string | undefined> {
    const problem = this.#options.addedCallers.add(caller);
    if (problem !== undefined) return problem;
    const { username, mailbox, mayImpersonate, operations } = caller;
    this.#options.log.warn(
      { caller: username, mailbox, mayImpersonate, operations, source: administrator },
      'caller added',
    );
    this.#audit({ event: 'CALLER_ADDED', subject: username, source: administrator });
    await this.#inForce(username, true);
    return undefined;
  }

  /** @returns as {@link addCaller} */
  async removeCaller(username: string, administrator: string): Promise<string | undefined> {
    const { runtime, log, addedCallers } = this.#options;
    const wasAdded = this.#has(username);
    const problem = addedCallers.remove(username);
    if (problem !== undefined) return problem;
    log.warn({ caller: username, source: administrator }, 'caller removed');
    this.#audit({ event: 'CALLER_REMOVED', subject: username, source: administrator });
    // One of the configuration that has the same name keeps its password.
    if (wasAdded) runtime().enrolments.forget(normalName(username));
    await this.#inForce(username, false);
    return undefined;
  }

  /**
   * Sets what `backend: auto` answers a mailbox with.
   *
   * @returns the registrations where it counts now; none where no caller with `backend: auto` may open the mailbox
   * @throws Error where it cannot be kept beyond a restart
   */
  chooseBackend(mailbox: string, setting: BackendName, source: string): readonly string[] {
    const registrations = switchingFor(mailbox, this.#options.runtime());
    if (registrations.length === 0) return [];
    for (const { switching } of registrations) switching.choose(mailbox, setting, 'Set by an administrator');
    const names = registrations.map(({ name }) => name);
    this.#options.log.warn({ mailbox, backend: setting, registrations: names, source }, 'backend of a mailbox set');
    this.#audit({ event: 'BACKEND_SET', subject: mailbox, source });
    return names;
  }

  #has(username: string): boolean {
    const name = normalName(username);
    const { callers } = this.#options.runtime().config;
    return callers.some((caller) => caller.added === true && normalName(caller.username) === name);
  }

  /** So that the page that is loaded next shows it. */
  async #inForce(username: string, there: boolean): Promise<void> {
    const end = performance.now() + LONGEST_WAIT;
    while (this.#has(username) !== there && performance.now() < end) await sleep(LOOK_INTERVAL);
  }

  #audit(entry: AdministrationEntry): void {
    this.#options.audit()?.administration(entry);
  }
}

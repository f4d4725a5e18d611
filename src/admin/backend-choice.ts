/** Which mailboxes with `backend: auto` there are, and how they stand. */
import type { SwitchStatus } from '../backends/backend.ts';
import { mailboxOf } from '../callers/mailboxes.ts';
import type { AdministeredRuntime, MailboxChooser } from './admin-options.ts';

export interface SwitchingRegistration {
  readonly name: string;
  readonly switching: MailboxChooser;
}

/** The registrations with a caller with `backend: auto` that may open a mailbox. */
export function switchingFor(mailbox: string, runtime: AdministeredRuntime): readonly SwitchingRegistration[] {
  const found = new Map<string, SwitchingRegistration>();
  for (const caller of runtime.config.callers) {
    const { config, switching } = runtime.registrationOf(caller);
    if (switching === undefined || (caller.backend ?? config.backend) !== 'auto') continue;
    const opens =
      caller.domainPasswords === undefined
        ? mailboxOf(caller, mailbox) !== undefined
        : mailbox.toLowerCase().endsWith(caller.username.toLowerCase());
    if (opens) found.set(config.name, { name: config.name, switching });
  }
  return [...found.values()];
}

/** How a mailbox stands with one registration. */
export interface BackendReport {
  readonly registration: string;
  readonly service: SwitchStatus['service'];
  readonly isSet: boolean;
  /** ISO 8601; undefined where EWS simply answers. */
  readonly since: string | undefined;
  readonly reason: string | undefined;
  readonly notice: string | undefined;
}

/** One entry for each registration with a caller with `backend: auto` that may open the mailbox. */
export function backendReports(mailbox: string, runtime: AdministeredRuntime): readonly BackendReport[] {
  return switchingFor(mailbox, runtime).map(({ name, switching }) => {
    const wanted = mailbox.toLowerCase();
    const known = switching.status().switches?.find((one) => one.mailbox === wanted);
    return {
      registration: name,
      service: switching.serviceOf(mailbox),
      isSet: known?.isSet ?? false,
      since: known === undefined ? undefined : new Date(known.since).toISOString(),
      reason: known?.reason,
      notice: known?.notice,
    };
  });
}

/** What the admin address shows and does is given to it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Backend, BackendStatus, ServiceName } from '../backends/backend.ts';
import type { Authenticator } from '../callers/authenticator.ts';
import type { Enrolments } from '../callers/enrolments.ts';
import type { Lockout } from '../callers/lockout.ts';
import type { FleetStatus } from '../fleet/fleet.ts';
import type { AddedCaller, BackendName, CallerConfig, Config, RegistrationConfig } from '../config/types.ts';
import type { AuditLog } from '../telemetry/audit-log.ts';
import type { Activity } from '../telemetry/activity.ts';
import type { WriterTrouble } from '../telemetry/log-trouble.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Puts a request into the EWS route for a caller who need not sign in. */
export type RouteAs = (request: IncomingMessage, response: ServerResponse, caller: CallerConfig) => void;

/** An app registration in use. */
export interface AdministeredRegistration {
  readonly config: RegistrationConfig;
  /** What answers its callers, unless they have one of their own. */
  readonly backend: Backend;
  /** Every backend that one of its callers uses. */
  readonly backends: readonly Backend[];
  /** Where `backend: auto` is used: sets what answers a mailbox. */
  readonly switching: MailboxChooser | undefined;
}

/** Sets by hand what `backend: auto` answers a mailbox with. */
export interface MailboxChooser {
  serviceOf(mailbox: string): ServiceName;
  /** How the mailboxes stand that are not simply answered by EWS. */
  status(): Pick<BackendStatus, 'switches'>;
  /** @param setting auto: EWS again, until it is blocked @throws Error where it cannot be kept beyond a restart */
  choose(mailbox: string, setting: BackendName, reason: string): void;
}

/** Everything that comes from one configuration, as far as administrators see it. */
export interface AdministeredRuntime {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly lockout: Lockout;
  readonly enrolments: Enrolments;
  /** The gateways that share their state, where there are several. */
  readonly fleet: { status(): FleetStatus } | undefined;
  readonly registrations: ReadonlyMap<string, AdministeredRegistration>;
  registrationOf(caller: CallerConfig): AdministeredRegistration;
}

export interface AdminOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly activity: Activity;
  /** The configuration in force now. */
  readonly runtime: () => AdministeredRuntime;
  readonly isClosing: () => boolean;
  /** Addresses clients reach. */
  readonly urls: () => readonly string[];
  /** Logs that cannot be written, or could not lately. */
  readonly logTroubles: () => readonly WriterTrouble[];
  /** The EWS route for a caller who need not sign in. */
  readonly route: RouteAs;
  readonly audit: () => Pick<AuditLog, 'administration'> | undefined;
  /** Change the file of added callers. They return why not, in a sentence. */
  readonly addedCallers: {
    readonly add: (caller: AddedCaller) => string | undefined;
    readonly remove: (username: string) => string | undefined;
  };
}

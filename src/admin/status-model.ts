/** What the status page shows, gathered from the running gateway. */
import { hostname } from 'node:os';
import type { Lock } from '../callers/lockout.ts';
import { normalName } from '../callers/user-name.ts';
import { ewsDaysLeft } from '../ews-end.ts';
import type { CallerConfig, Config } from '../config/types.ts';
import { daysUntil } from '../days.ts';
import { combinedStatus } from '../backends/combined-status.ts';
import { servicesInUse } from '../diagnosis/checks/backends.ts';
import type { FleetStatus } from '../fleet/fleet.ts';
import { usedOperations } from '../diagnosis/graph-readiness/report.ts';
import { explain, type Explanation } from '../diagnosis/explanations.ts';
import type { Activity, Minute, RecentRequest } from '../telemetry/activity.ts';
import type { WriterTrouble } from '../telemetry/log-trouble.ts';
import { quoteForShell } from '../diagnosis/shell-quote.ts';
import { isLoopback } from '../network/hosts.ts';
import { concernsOf, type Concern } from './attention.ts';
import type { CallerStatus, RegistrationStatus } from './status.ts';
import type { AdministeredRegistration, AdministeredRuntime } from './admin-options.ts';

/** Callers of whole domains that are shown one by one. */
const MAX_DOMAIN_MEMBERS = 200;

export interface StatusModel {
  readonly now: number;
  readonly configFile: string;
  /** Addresses of the EWS endpoint, as clients use them. */
  readonly endpoints: readonly string[];
  readonly registrations: readonly RegistrationStatus[];
  readonly callers: readonly CallerStatus[];
  /** Addresses that are locked. */
  readonly lockedAddresses: readonly Lock[];
  readonly requests: readonly (RecentRequest & { readonly explanation: Explanation | undefined })[];
  readonly hour: readonly Minute[];
  /** Undefined where this gateway shares nothing. */
  readonly fleet: FleetStatus | undefined;
  /** What somebody should look at, most urgent first. */
  readonly attention: readonly Concern[];
  readonly addedCallers: {
    readonly file: string;
    readonly problem: string | undefined;
    /** Whether whoever reaches the page may change callers. */
    readonly mayChange: boolean;
  };
}

export function statusModel(
  {
    runtime,
    activity,
    locks,
    urls,
    logTroubles,
  }: {
    readonly runtime: AdministeredRuntime;
    readonly activity: Activity;
    readonly locks: readonly Lock[];
    readonly urls: readonly string[];
    readonly logTroubles: readonly WriterTrouble[];
  },
  now = Date.now(),
): StatusModel {
  const registrations = [...runtime.registrations.values()].map((registration) =>
    registrationStatus(registration, runtime.config, now),
  );
  const fleet = runtime.fleet?.status();
  const shadow = new Map(
    [...runtime.registrations.values()]
      .flatMap(({ backend, backends }) => combinedStatus(backend.name, backends).shadowOfCallers ?? [])
      .map(({ caller, results }) => [normalName(caller), results]),
  );
  const callers = expandDomains(runtime, activity).map((caller) => ({
    ...callerStatus(caller, runtime, activity, locks),
    shadow: shadow.get(normalName(caller.username)) ?? [],
  }));
  const lockedAddresses = locks.filter(({ kind }) => kind === 'address');
  return {
    now,
    configFile: runtime.config.file,
    endpoints: endpointsOf(runtime.config, urls),
    registrations,
    callers,
    lockedAddresses,
    requests: activity.recent().map((entry) => ({ ...entry, explanation: explainRequest(entry, runtime) })),
    hour: activity.hour(),
    fleet,
    attention: concernsOf(
      {
        config: runtime.config,
        registrations,
        callers,
        lockedAddresses,
        fleet,
        logTroubles,
        connectionTroubles: activity.troubles(),
      },
      now,
    ),
    addedCallers: { ...runtime.config.addedCallers, mayChange: mayChange(runtime.config) },
  };
}

function registrationStatus(registration: AdministeredRegistration, all: Config, now: number): RegistrationStatus {
  const { config, backend, backends } = registration;
  const { name, gate, tokens, switches = [], shadow = [] } = combinedStatus(backend.name, backends);
  return {
    config,
    backend: name,
    switches,
    shadow,
    tokens,
    credentialDaysLeft:
      config.credential.notAfter === undefined ? undefined : daysUntil(config.credential.notAfter, now),
    ewsDaysLeft: servicesInUse(config, all).has('ews') ? ewsDaysLeft(config.ewsUrl, now) : undefined,
    running: gate.running,
    waiting: gate.waiting,
    cooldowns: gate.cooldowns,
  };
}

/** Callers as configured, and the mailboxes of domains that have a password or were active. */
function expandDomains(runtime: AdministeredRuntime, activity: Activity): CallerConfig[] {
  const configured = new Set(runtime.config.callers.map(({ username }) => normalName(username)));
  return runtime.config.callers.flatMap((caller) => {
    if (caller.domainPasswords === undefined) return [caller];
    const suffix = normalName(caller.username);
    const active = activity
      .names()
      .map(normalName)
      .filter((name) => name.endsWith(suffix) && !configured.has(name));
    const members = [...new Set([...runtime.authenticator.mailboxesOf(caller), ...active])].slice(
      0,
      MAX_DOMAIN_MEMBERS,
    );
    return [caller, ...members.flatMap((name) => runtime.authenticator.callerNamed(name) ?? [])];
  });
}

function callerStatus(
  caller: CallerConfig,
  runtime: AdministeredRuntime,
  activity: Activity,
  locks: readonly Lock[],
): Omit<CallerStatus, 'shadow'> {
  const { username } = caller;
  const name = normalName(username);
  const seen = activity.of(username);
  const domain = username.startsWith('@');
  const state = domain ? 'domain' : runtime.authenticator.hasPassword(username) ? 'password' : 'no-password';
  return {
    username,
    mailbox: domain ? `any of ${username}` : caller.mailbox,
    registration: caller.registration,
    operations: caller.operationsSetting,
    state,
    lockedUntil: locks.find(({ kind, key }) => kind === 'name' && key === name)?.until,
    enrolmentUntil: runtime.enrolments.windows().find((window) => window.name === name)?.until,
    activity: domain ? undefined : seen,
    used: domain || seen === undefined ? [] : usedOperations(seen.operations),
    testable: !domain,
    added: caller.added === true,
    nextCommand: state === 'no-password' ? enrolCommand(username, runtime.config.file) : undefined,
  };
}

/** Without a password only this machine's users reach the page. */
export function mayChange({ admin }: Config): boolean {
  return admin.passwordHash !== undefined || isLoopback(admin.host);
}

function enrolCommand(username: string, file: string): string {
  return `ews-gateway enrol ${quoteForShell(username)} --config ${quoteForShell(file)}`;
}

/** What is pasted into a program. A listener on all addresses is reached by the machine's name. */
function endpointsOf({ publicUrl }: Config, urls: readonly string[]): string[] {
  const origins = urls.map((url) => url.replace(/^(https?:\/\/)(?:0\.0\.0\.0|\[::\])(?=:)/, `$1${hostname()}`));
  return [...(publicUrl === undefined ? [] : [publicUrl]), ...origins].map((origin) => `${origin}/ews/exchange.asmx`);
}

function explainRequest(entry: RecentRequest, runtime: AdministeredRuntime): Explanation | undefined {
  if (entry.outcome === 'ok' || entry.caller === undefined) return undefined;
  const caller = runtime.authenticator.callerNamed(entry.caller);
  const registration = caller === undefined ? undefined : runtime.registrationOf(caller);
  const mailbox = entry.mailbox ?? caller?.mailbox ?? entry.caller;
  const code = entry.outcome === 'fault' ? (/^\w+/.exec(entry.reason ?? '')?.[0] ?? '') : entry.outcome;
  return explain(code, {
    username: entry.caller,
    mailbox,
    clientId: registration?.config.clientId ?? '<client id>',
    registration: registration?.config.name ?? '',
    backend: registration?.backend.serviceOf(mailbox) ?? 'ews',
    flow: registration?.config.flow ?? 'application',
  });
}

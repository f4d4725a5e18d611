/** What the status page shows, gathered from the running gateway. */
import type { Lock } from '../callers/lockout.ts';
import { normalName } from '../callers/user-name.ts';
import { ewsDaysLeft, ewsEndText } from '../ews-end.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../config/types.ts';
import { count } from '../quantity.ts';
import { daysUntil } from '../days.ts';
import { explain, type Explanation } from '../diagnosis/explanations.ts';
import type { Activity, CallerActivity, Minute, RecentRequest } from '../telemetry/activity.ts';
import { troubleText, type WriterTrouble } from '../telemetry/log-trouble.ts';
import type { TokenState } from '../tokens/token-set.ts';
import type { AdministeredRegistration, AdministeredRuntime } from './admin-options.ts';

const WARN_DAYS = 30;
/** Callers of whole domains that are shown one by one. */
const MAX_DOMAIN_MEMBERS = 200;

export interface RegistrationStatus {
  readonly config: RegistrationConfig;
  /** Ends of the tokens at hand: one, or one for each signed-in mailbox. */
  readonly tokens: readonly TokenState[];
  readonly credentialDaysLeft: number | undefined;
  /** Until EWS ends; undefined where the upstream is no Exchange Online. */
  readonly ewsDaysLeft: number | undefined;
  readonly running: number;
  readonly waiting: number;
  /** Mailboxes that Exchange wants to be left alone, with the end of that. */
  readonly cooldowns: ReadonlyMap<string, number>;
}

export interface CallerStatus {
  readonly username: string;
  readonly mailbox: string;
  readonly registration: string;
  readonly operations: string;
  readonly state: 'password' | 'no-password' | 'domain';
  readonly lockedUntil: Date | undefined;
  readonly enrolmentUntil: Date | undefined;
  readonly activity: CallerActivity | undefined;
  /** Whether the Test button makes sense. */
  readonly testable: boolean;
}

export interface StatusModel {
  readonly now: number;
  readonly configFile: string;
  readonly urls: readonly string[];
  readonly registrations: readonly RegistrationStatus[];
  readonly callers: readonly CallerStatus[];
  /** Addresses that are locked. */
  readonly lockedAddresses: readonly { readonly subject: string; readonly until: Date }[];
  readonly requests: readonly (RecentRequest & { readonly explanation: Explanation | undefined })[];
  readonly hour: readonly Minute[];
  /** What somebody should look at, most urgent first. */
  readonly attention: readonly { readonly level: 'bad' | 'warn'; readonly text: string }[];
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
    registrationStatus(registration, now),
  );
  const callers = expandDomains(runtime, activity).map((caller) => callerStatus(caller, runtime, activity, locks));
  const lockedAddresses = locks.filter(({ kind }) => kind === 'address');
  return {
    now,
    configFile: runtime.config.file,
    urls,
    registrations,
    callers,
    lockedAddresses,
    requests: activity.recent().map((entry) => ({ ...entry, explanation: explainRequest(entry, runtime) })),
    hour: activity.hour(),
    attention: [
      ...logTroubles.map((trouble) => ({
        level: trouble.over ? ('warn' as const) : ('bad' as const),
        text: troubleText(trouble),
      })),
      ...registrations.flatMap((registration) => registrationConcerns(registration)),
      ...listenerConcerns(runtime.config, now),
      ...callers.flatMap(callerConcerns),
      ...lockedAddresses.map(({ subject, until }) => ({
        level: 'warn' as const,
        text: `Address ${subject} is locked until ${until.toLocaleTimeString()}: too many different user names failed from there.`,
      })),
      ...runtime.config.warnings.map((text) => ({ level: 'warn' as const, text })),
    ].toSorted((a, b) => Number(a.level === 'warn') - Number(b.level === 'warn')),
  };
}

function registrationStatus(registration: AdministeredRegistration, now: number): RegistrationStatus {
  const { config, backend } = registration;
  const { gate, tokens } = backend.status();
  return {
    config,
    tokens,
    credentialDaysLeft:
      config.credential.notAfter === undefined ? undefined : daysUntil(config.credential.notAfter, now),
    ewsDaysLeft: ewsDaysLeft(config.ewsUrl, now),
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
  locks: readonly { readonly subject: string; readonly until: Date }[],
): CallerStatus {
  const { username } = caller;
  const name = normalName(username);
  const domain = username.startsWith('@');
  return {
    username,
    mailbox: domain ? `any of ${username}` : caller.mailbox,
    registration: caller.registration,
    operations: caller.operationsSetting,
    state: domain ? 'domain' : runtime.authenticator.hasPassword(username) ? 'password' : 'no-password',
    lockedUntil: locks.find(({ subject }) => subject === name)?.until,
    enrolmentUntil: runtime.enrolments.windows().find((window) => window.name === name)?.until,
    activity: domain ? undefined : activity.of(username),
    testable: !domain,
  };
}

function registrationConcerns({
  config,
  tokens,
  credentialDaysLeft,
  ewsDaysLeft,
  cooldowns,
}: RegistrationStatus): StatusModel['attention'] {
  const concerns: { level: 'bad' | 'warn'; text: string }[] = [];
  for (const { problem } of tokens) if (problem !== undefined) concerns.push({ level: 'bad', text: problem });
  const what = config.credential.kind === 'certificate' ? 'certificate' : 'client secret';
  if (credentialDaysLeft !== undefined && credentialDaysLeft <= WARN_DAYS) {
    concerns.push({
      level: credentialDaysLeft <= 7 ? 'bad' : 'warn',
      text:
        credentialDaysLeft < 0
          ? `The ${what} of registration '${config.name}' has ended.`
          : `The ${what} of registration '${config.name}' ends in ${count(credentialDaysLeft, 'day')}. Make a new one for app ${config.clientId}.`,
    });
  }
  if (ewsDaysLeft !== undefined && ewsDaysLeft <= 0)
    concerns.push({
      level: 'bad',
      text: `Exchange Online has had no EWS since ${ewsEndText()}: registration '${config.name}' cannot work with it.`,
    });
  for (const [mailbox, until] of cooldowns)
    concerns.push({
      level: 'warn',
      text: `Exchange wants mailbox ${mailbox} to be left alone until ${new Date(until).toLocaleTimeString()}; its requests wait.`,
    });
  return concerns;
}

function listenerConcerns({ listeners, admin }: Config, now: number): StatusModel['attention'] {
  return [...listeners, admin].flatMap(({ url, tls }) => {
    const left = tls?.notAfter === undefined ? undefined : daysUntil(tls.notAfter, now);
    if (tls === undefined || left === undefined || left > WARN_DAYS) return [];
    return [
      {
        level: left <= 7 ? ('bad' as const) : ('warn' as const),
        text:
          left < 0
            ? `The certificate of ${url} has ended (${tls.file}).`
            : `The certificate of ${url} ends in ${count(left, 'day')} (${tls.file}).`,
      },
    ];
  });
}

function callerConcerns({
  username,
  state,
  lockedUntil,
  enrolmentUntil,
  activity,
}: CallerStatus): StatusModel['attention'] {
  const concerns: { level: 'bad' | 'warn'; text: string }[] = [];
  if (lockedUntil !== undefined)
    concerns.push({
      level: 'bad',
      text: `${username} is locked until ${lockedUntil.toLocaleTimeString()} after too many wrong passwords.`,
    });
  if (enrolmentUntil !== undefined)
    concerns.push({
      level: 'warn',
      text: `The first password that comes for ${username} until ${enrolmentUntil.toLocaleTimeString()} is taken over.`,
    });
  else if (state === 'no-password')
    concerns.push({ level: 'warn', text: `${username} has no password yet: ews-gateway enrol ${username}` });
  if (activity !== undefined && activity.last === activity.lastError && lockedUntil === undefined)
    concerns.push({
      level: 'bad',
      text: `The latest request of ${username} failed: ${activity.last.reason ?? activity.last.outcome}`,
    });
  return concerns;
}

function explainRequest(entry: RecentRequest, runtime: AdministeredRuntime): Explanation | undefined {
  if (entry.outcome === 'ok' || entry.caller === undefined) return undefined;
  const caller = runtime.authenticator.callerNamed(entry.caller);
  const registration = caller === undefined ? undefined : runtime.registrations.get(caller.registration)?.config;
  const code = entry.outcome === 'fault' ? (/^\w+/.exec(entry.reason ?? '')?.[0] ?? '') : entry.outcome;
  return explain(code, {
    username: entry.caller,
    mailbox: entry.mailbox ?? caller?.mailbox ?? entry.caller,
    clientId: registration?.clientId ?? '<client id>',
    registration: registration?.name ?? '',
  });
}

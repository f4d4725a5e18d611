/** What somebody should look at, in sentences. Times in them are ISO 8601; the page shows them as local ones. */
import type { Lock } from '../callers/lockout.ts';
import type { Config } from '../config/types.ts';
import { daysUntil } from '../days.ts';
import { ewsEndText } from '../ews-end.ts';
import type { FleetStatus } from '../fleet/fleet.ts';
import { count } from '../quantity.ts';
import type { RepeatedTrouble } from '../telemetry/activity.ts';
import { troubleText, type WriterTrouble } from '../telemetry/log-trouble.ts';
import type { CallerStatus, RegistrationStatus } from './status.ts';

const WARN_DAYS = 30;
const BAD_DAYS = 7;
/** How long clients that could not connect or sign in are shown, in milliseconds. */
const TROUBLE_SHOWN = 86_400_000;
/** Mailboxes of a registration whose notices are shown one by one. */
const MAX_NOTICES = 10;

export interface Concern {
  readonly level: 'bad' | 'warn';
  readonly text: string;
}

/** What the concerns are found in. */
export interface StatusFacts {
  readonly config: Config;
  readonly registrations: readonly RegistrationStatus[];
  readonly callers: readonly CallerStatus[];
  readonly lockedAddresses: readonly Lock[];
  readonly fleet: FleetStatus | undefined;
  readonly logTroubles: readonly WriterTrouble[];
  /** Latest first. */
  readonly connectionTroubles: readonly RepeatedTrouble[];
}

/** @param now milliseconds since the epoch @returns the most urgent first */
export function concernsOf(facts: StatusFacts, now: number): Concern[] {
  const { config, registrations, callers, lockedAddresses, logTroubles, connectionTroubles } = facts;
  return [
    ...logTroubles.map((trouble) => (trouble.over ? warn(troubleText(trouble)) : bad(troubleText(trouble)))),
    ...registrations.flatMap((registration) => registrationConcerns(registration)),
    ...listenerConcerns(config, now),
    ...(facts.fleet === undefined ? [] : fleetConcerns(facts.fleet)),
    ...callers.flatMap(callerConcerns),
    ...lockedAddresses.map(({ key, until }) =>
      warn(`Address ${key} is locked until ${until.toISOString()}: too many different user names failed from there.`),
    ),
    ...troubleConcerns(connectionTroubles.filter(({ time }) => now - time < TROUBLE_SHOWN)),
    ...config.warnings.map(warn),
  ].toSorted((a, b) => Number(a.level === 'warn') - Number(b.level === 'warn'));
}

function registrationConcerns(registration: RegistrationStatus): Concern[] {
  const { config, tokens, credentialDaysLeft, ewsDaysLeft, cooldowns, backend, switches } = registration;
  const concerns = tokens.flatMap(({ problem }) => (problem === undefined ? [] : [bad(problem)]));
  const what = config.credential.kind === 'certificate' ? 'certificate' : 'client secret';
  if (credentialDaysLeft !== undefined && credentialDaysLeft <= WARN_DAYS) {
    const credential = `The ${what} of registration '${config.name}'`;
    concerns.push({
      level: credentialDaysLeft <= BAD_DAYS ? 'bad' : 'warn',
      text: `${expiry(credential, credentialDaysLeft)}. Make a new one for app ${config.clientId}.`,
    });
  }
  const noticed = switches.filter(({ notice }) => notice !== undefined);
  for (const { mailbox, reason, notice } of noticed.slice(0, MAX_NOTICES))
    concerns.push(warn(`${mailbox}: ${reason === '' ? '' : `${reason}. `}${notice}.`));
  if (noticed.length > MAX_NOTICES)
    concerns.push(warn(`${noticed.length - MAX_NOTICES} more mailboxes of '${config.name}' stand so.`));
  // With auto, Graph has taken over by then.
  if (ewsDaysLeft !== undefined && ewsDaysLeft <= 0 && backend !== 'auto')
    concerns.push(
      bad(`Exchange Online has had no EWS since ${ewsEndText()}: registration '${config.name}' cannot work with it.`),
    );
  for (const [mailbox, until] of cooldowns)
    concerns.push(
      warn(
        `Exchange throttles mailbox ${mailbox} until ${new Date(until).toISOString()}; ` +
          'its requests wait and are retried.',
      ),
    );
  return concerns;
}

function listenerConcerns({ listeners, admin }: Config, now: number): Concern[] {
  return [...listeners, admin].flatMap(({ url, tls }) => {
    const left = tls?.notAfter === undefined ? undefined : daysUntil(tls.notAfter, now);
    if (tls === undefined || left === undefined || left > WARN_DAYS) return [];
    const text = `${expiry(`The certificate of ${url}`, left)} (${tls.file}).`;
    return [left <= BAD_DAYS ? bad(text) : warn(text)];
  });
}

function fleetConcerns({ isJoined, since, problem, members }: FleetStatus): Concern[] {
  const versions = [...new Set(members.filter(({ isHere }) => isHere).map(({ version }) => version))];
  return [
    ...(isJoined
      ? []
      : [
          warn(
            `The server of sharedState is away since ${new Date(since).toISOString()} (${problem}): this gateway ` +
              'goes on alone, with its share of the slots, and joins again by itself.',
          ),
        ]),
    ...(versions.length > 1 ? [warn(`Gateways of several versions run: ${versions.join(', ')}.`)] : []),
  ];
}

function callerConcerns(caller: CallerStatus): Concern[] {
  const { username, state, lockedUntil, enrolmentUntil, activity, nextCommand } = caller;
  const concerns: Concern[] = [];
  if (lockedUntil !== undefined)
    concerns.push(bad(`${username} is locked until ${lockedUntil.toISOString()} after too many wrong passwords.`));
  if (enrolmentUntil !== undefined)
    concerns.push(
      warn(
        `Enrolment of ${username} is open until ${enrolmentUntil.toISOString()}: ` +
          'the gateway learns the password from its next sign-in. Let the program run now.',
      ),
    );
  else if (state === 'no-password' && nextCommand !== undefined)
    concerns.push(warn(`${username} has no password yet. Press Enrol, or run: ${nextCommand}`));
  if (activity !== undefined && activity.last === activity.lastError && lockedUntil === undefined)
    concerns.push(bad(`The latest request of ${username} failed: ${activity.last.reason ?? activity.last.outcome}`));
  return concerns;
}

/** One for each kind, however many clients have it. */
function troubleConcerns(troubles: readonly RepeatedTrouble[]): Concern[] {
  return [...Map.groupBy(troubles, ({ kind }) => kind).values()].flatMap((same) => {
    const [latest] = same;
    if (latest === undefined) return [];
    const { source, listener, userAgent, remedy, time } = latest;
    const times = same.reduce((sum, trouble) => sum + trouble.times, 0);
    const client = [
      source,
      listener === undefined ? '' : ` at ${listener}`,
      userAgent === undefined ? '' : ` (${userAgent})`,
    ];
    return warn(
      `${count(times, 'attempt')} of ${count(same.length, 'client')}, the latest at ` +
        `${new Date(time).toISOString()} from ${client.join('')}: ${remedy}`,
    );
  });
}

function expiry(what: string, daysLeft: number): string {
  return daysLeft < 0 ? `${what} has expired` : `${what} expires in ${count(daysLeft, 'day')}`;
}

function bad(text: string): Concern {
  return { level: 'bad', text };
}

function warn(text: string): Concern {
  return { level: 'warn', text };
}

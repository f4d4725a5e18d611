/** Whether everything that programs do today would go on through Microsoft Graph. */
import { coverageOf, type Coverage } from '../../backends/graph/coverage.ts';
import type { CallerShadow, ShadowResult } from '../../backends/shadow/results.ts';
import { findCaller, normalName } from '../../callers/user-name.ts';
import type { BackendName, CallerConfig, Config, RegistrationConfig } from '../../config/types.ts';
import { ewsDaysLeft } from '../../ews-end.ts';
import type { CheckLine } from '../check-line.ts';
import type { CallerUsage, Usage } from './usage.ts';

export interface UsedOperation extends Coverage {
  readonly name: string;
  readonly requests: number;
}

export interface CallerReadiness {
  readonly username: string;
  /** Mailboxes it was seen to use, else its own. */
  readonly mailboxes: readonly string[];
  readonly registration: string;
  readonly backend: BackendName;
  /** Those that are not served first, then by their number. */
  readonly operations: readonly UsedOperation[];
  /** How answers of Graph to its requests compared, where the gateway runs with `shadow: graph`. */
  readonly shadow: readonly ShadowResult[];
  /** unused: nothing is known of what it does. */
  readonly verdict: 'ready' | 'differs' | 'not ready' | 'unused';
}

export interface RegistrationReadiness {
  readonly name: string;
  /** Until EWS ends; undefined for an Exchange Server, which keeps it. */
  readonly daysLeft: number | undefined;
  /** What was found of permissions, and of the mailboxes that Graph opens. */
  readonly lines: readonly CheckLine[];
  /** Permissions that used operations need and the token does not carry. */
  readonly missing: readonly MissingPermission[];
  /** How answers of Graph compared, where the gateway runs with `shadow: graph`. */
  readonly shadow: readonly ShadowResult[];
}

export interface MissingPermission {
  readonly permission: string;
  readonly operations: readonly string[];
  /** Whether one of the operations can do nothing without it. */
  readonly always: boolean;
}

export interface ReadinessReport {
  /** ISO 8601. */
  readonly made: string;
  readonly ready: boolean;
  readonly usage: Pick<Usage, 'from' | 'to' | 'requests'>;
  readonly registrations: readonly RegistrationReadiness[];
  readonly callers: readonly CallerReadiness[];
}

/** What Entra and Graph said of a registration. */
export interface GraphFindings {
  readonly lines: readonly CheckLine[];
  /** Application permissions in the token; undefined where they are not known, or are in no token. */
  readonly roles: readonly string[] | undefined;
  /** Default: none. */
  readonly shadow?: readonly ShadowResult[];
}

const ORDER: Readonly<Record<Coverage['served'], number>> = { no: 0, differs: 1, yes: 2 };

/**
 * @param findings by registration
 * @param now milliseconds since the epoch
 * @param shadow how answers compared, by caller
 */
export function readinessReport(
  config: Config,
  usage: Usage,
  findings: ReadonlyMap<string, GraphFindings>,
  now: number,
  shadow: readonly CallerShadow[] = [],
): ReadinessReport {
  const callers = callersOf(config, usage, new Map(shadow.map(({ caller, results }) => [normalName(caller), results])));
  const registrations = [...config.registrations.values()].map((registration) =>
    registrationReadiness(registration, callers, findings.get(registration.name), now),
  );
  const ready =
    callers.every(({ verdict }) => verdict !== 'not ready') &&
    registrations.every(
      ({ lines, missing }) => missing.every(({ always }) => !always) && lines.every(({ level }) => level !== 'bad'),
    );
  const { from, to, requests } = usage;
  return { made: new Date(now).toISOString(), ready, usage: { from, to, requests }, registrations, callers };
}

/** Operations with how Graph serves them: those that are not served first, then the most used ones. */
export function usedOperations(operations: ReadonlyMap<string, number>): UsedOperation[] {
  return [...operations]
    .map(([name, requests]) => ({ name, requests, ...coverageOf(name) }))
    .toSorted((a, b) => ORDER[a.served] - ORDER[b.served] || b.requests - a.requests || (a.name < b.name ? -1 : 1));
}

export function verdictOf(
  operations: readonly UsedOperation[],
  shadow: readonly ShadowResult[] = [],
): CallerReadiness['verdict'] {
  if (operations.length === 0) return 'unused';
  if (operations.some(({ served }) => served === 'no')) return 'not ready';
  return operations.some(({ served }) => served === 'differs') || !shadow.every(isEqual) ? 'differs' : 'ready';
}

/** Whether Graph has answered as EWS did, each time. */
export function isEqual({ compared, equal, failed }: ShadowResult): boolean {
  return equal === compared && failed === 0;
}

/** Callers of the configuration, then mailboxes of its domains that were seen. */
function callersOf(
  config: Config,
  { callers: used }: Usage,
  shadow: ReadonlyMap<string, readonly ShadowResult[]>,
): CallerReadiness[] {
  const byName = new Map(config.callers.map((caller) => [normalName(caller.username), caller]));
  const configured = config.callers.filter(({ domainPasswords }) => domainPasswords === undefined);
  const members = [...used].flatMap(([name, { caller }]) => {
    const found = byName.has(name) ? undefined : findCaller(byName, caller);
    return found === undefined ? [] : [{ ...found, username: caller }];
  });
  return [...configured, ...members].map((caller) => {
    const name = normalName(caller.username);
    return callerReadiness(caller, used.get(name), shadow.get(name) ?? [], config);
  });
}

function callerReadiness(
  { username, mailbox, registration, backend }: CallerConfig,
  used: CallerUsage | undefined,
  shadow: readonly ShadowResult[],
  { registrations }: Config,
): CallerReadiness {
  const operations = usedOperations(used?.operations ?? new Map<string, number>());
  return {
    username,
    mailboxes: used === undefined || used.mailboxes.size === 0 ? [mailbox] : [...used.mailboxes].toSorted(),
    registration,
    backend: backend ?? registrations.get(registration)?.backend ?? 'ews',
    operations,
    shadow,
    verdict: verdictOf(operations, shadow),
  };
}

function registrationReadiness(
  { name, ewsUrl }: RegistrationConfig,
  callers: readonly CallerReadiness[],
  findings: GraphFindings | undefined,
  now: number,
): RegistrationReadiness {
  const used = new Map(
    callers.flatMap(({ registration, operations }) =>
      registration === name ? operations.map((operation) => [operation.name, operation] as const) : [],
    ),
  );
  const missing = new Map<string, MissingPermission>();
  for (const { name: operation, permission } of used.values()) {
    if (permission === undefined || findings?.roles?.includes(permission.name) !== false) continue;
    const known = missing.get(permission.name);
    missing.set(permission.name, {
      permission: permission.name,
      operations: [...(known?.operations ?? []), operation],
      always: permission.always || known?.always === true,
    });
  }
  return {
    name,
    daysLeft: ewsDaysLeft(ewsUrl, now),
    lines: findings?.lines ?? [],
    missing: [...missing.values()],
    shadow: findings?.shadow ?? [],
  };
}

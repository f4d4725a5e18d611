/**
 * What the sign-in of a mailbox is asked to consent to: no more than its callers may use.
 *
 * @see https://learn.microsoft.com/graph/permissions-reference
 */
import { isPersonal, type CallerConfig, type RegistrationConfig } from '../config/types.ts';
import type { TokenScopes } from '../tokens/token-scopes.ts';
import type { ServiceName } from './backend.ts';
import { OPERATION_PERMISSIONS } from './graph/coverage-notes.ts';
import { servicesOfCallers } from './services.ts';

/** Everything that Graph serves reads and changes mail. */
const NEEDED = 'Mail.ReadWrite';
/** Of personal accounts, whose free and busy times cannot be asked for (permissions of calendar: getSchedule). */
const NOT_PERSONAL: ReadonlySet<string> = new Set(['Calendars.ReadBasic']);

/**
 * The scopes of a token for one service.
 *
 * @param callers those of the registration that act with the mailbox's token
 */
export function delegatedScopes(
  service: ServiceName,
  registration: RegistrationConfig,
  callers: readonly CallerConfig[],
): TokenScopes {
  if (service === 'graph') return graphScopes(registration, callers);
  const scopes = [registration.scope];
  return { service: 'Exchange', wanted: scopes, needed: scopes };
}

/** The services that a mailbox's sign-in is for: Exchange first, as long as it answers one of the callers. */
export function signInServices(
  registration: RegistrationConfig,
  callers: readonly CallerConfig[],
): readonly ServiceName[] {
  const used = servicesOfCallers(registration, callers);
  const compares = registration.shadow === 'graph';
  return [
    ...(used.has('ews') ? (['ews'] as const) : []),
    ...(used.has('graph') || compares ? (['graph'] as const) : []),
  ];
}

/** Permissions of the mailbox itself; those of other people's mailboxes only if a caller may open such ones. */
function graphScopes(registration: RegistrationConfig, callers: readonly CallerConfig[]): TokenScopes {
  const personal = isPersonal(registration);
  const more = new Set(
    callers
      .flatMap(({ operations }) => [...operations].flatMap(permissionFor))
      .filter((name) => !personal || !NOT_PERSONAL.has(name)),
  );
  // Personal accounts share no mailboxes.
  const shared = !personal && callers.some(opensOthers) ? [NEEDED, ...more].flatMap(sharedOf) : [];
  const inFull = (name: string): string => `${registration.graphOrigin ?? ''}/${name}`;
  return {
    service: 'Microsoft Graph',
    wanted: [NEEDED, ...more, ...shared].map(inFull),
    needed: [inFull(NEEDED)],
  };
}

function permissionFor(operation: string): string[] {
  const permission = Object.hasOwn(OPERATION_PERMISSIONS, operation) ? OPERATION_PERMISSIONS[operation] : undefined;
  return permission?.delegated === undefined ? [] : [permission.delegated];
}

function opensOthers({ mayImpersonate, mailboxPatterns }: CallerConfig): boolean {
  return mayImpersonate.length > 0 || (mailboxPatterns ?? []).length > 0;
}

function sharedOf(permission: string): string[] {
  return permission === NEEDED || permission === 'Mail.Send' ? [`${permission}.Shared`] : [];
}

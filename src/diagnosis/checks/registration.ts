/**
 * Whether a registration works: Entra gives a token, it carries the permission, and Exchange lets
 * the app use EWS.
 *
 * A missing role is a warning only: rights given by RBAC for Applications leave no trace in the token.
 *
 * @see https://learn.microsoft.com/exchange/permissions-exo/application-rbac
 */
import type { Dispatcher } from 'undici';
import type { ServiceName } from '../../backends/backend.ts';
import type { Config, RegistrationConfig } from '../../config/types.ts';
import { GatewayError } from '../../errors.ts';
import { ewsEndText } from '../../ews-end.ts';
import { connectionsTo } from '../../network/outbound.ts';
import { entraClient, type AccessToken } from '../../tokens/entra-client.ts';
import { bad, ok, warn, type CheckLine } from '../check-line.ts';
import { OPEN_INBOX } from '../../ews/requests.ts';
import { askExchange, refusalLine } from './ask-exchange.ts';
import { servicesInUse, callersOn } from './backends.ts';
import { checkCallers } from './callers.ts';
import { eitherSuffices } from './either.ts';
import { checkGraphMailboxes, GRAPH_ROLE } from './graph.ts';
import { checkInbox } from './inbox.ts';
import { checkSignIns } from './sign-ins.ts';
import { rolesIn } from './token-roles.ts';

/** What Exchange says to a request without impersonation, once it has let the app in. */
const LET_IN: ReadonlySet<string> = new Set(['NoError', 'ErrorInvalidExchangeImpersonationHeaderData']);
const APP_ROLE = 'full_access_as_app';

/** What Entra and the services say. @param services those in use that can be reached */
export async function checkRights(
  registration: RegistrationConfig,
  config: Config,
  services: ReadonlySet<ServiceName>,
): Promise<CheckLine[]> {
  const entra = connectionsTo(new URL(registration.loginOrigin), config.outbound);
  try {
    return registration.flow === 'delegated'
      ? await checkSignIns(registration, config, entra, services)
      : await checkApp(registration, config, entra, services);
  } finally {
    await entra.close();
  }
}

async function checkApp(
  registration: RegistrationConfig,
  config: Config,
  entra: Dispatcher,
  services: ReadonlySet<ServiceName>,
): Promise<CheckLine[]> {
  const ews = services.has('ews') ? await checkExchange(registration, config, entra) : [];
  const graph = services.has('graph') ? await checkGraphMailboxes(registration, config, entra) : [];
  return eitherSuffices(registration, config, ews, graph);
}

async function checkExchange(
  registration: RegistrationConfig,
  config: Config,
  entra: Dispatcher,
): Promise<CheckLine[]> {
  const { name, clientId } = registration;
  let token: AccessToken;
  try {
    token = await entraClient(registration, { dispatcher: entra })();
  } catch (error) {
    return [bad(name, GatewayError.from(error).message)];
  }
  const lines: CheckLine[] = [ok(name, `Entra gives a token for app ${clientId}`)];
  const roles = rolesIn(token.value);
  if (roles.includes(APP_ROLE)) lines.push(ok(name, `the token carries ${APP_ROLE}`));
  else {
    lines.push(
      warn(
        name,
        `The token does not carry ${APP_ROLE}. That is right where access is given by RBAC for Applications, ` +
          `which leaves no trace in it.`,
        `Else: API permissions of app ${clientId}, Office 365 Exchange Online, application permission ` +
          `${APP_ROLE}, Grant admin consent.`,
      ),
    );
  }
  const access = await probe(registration, config, token);
  lines.push(access);
  if (access.level !== 'bad')
    lines.push(
      ...(await checkCallers(registration, config, {
        callers: callersOn('ews', config, registration),
        insteadOfDomain: 'only that Exchange lets the app in is checked',
        open: (caller) => checkInbox(registration, config, token.value, caller),
      })),
    );
  if (!servicesInUse(registration, config).has('graph')) lines.push(...(await checkGraph(registration, entra)));
  return lines;
}

/** Graph will answer in EWS's place: its permission can be given long before. */
async function checkGraph(registration: RegistrationConfig, dispatcher: Dispatcher): Promise<CheckLine[]> {
  const { name, graphOrigin, clientId } = registration;
  if (graphOrigin === undefined) return [];
  const advice =
    `For the time after ${ewsEndText()}: API permissions of app ${clientId}, Microsoft Graph, ` +
    `application permission ${GRAPH_ROLE}, Grant admin consent.`;
  try {
    const token = await entraClient({ ...registration, scope: `${graphOrigin}/.default` }, { dispatcher })();
    if (rolesIn(token.value).includes(GRAPH_ROLE))
      return [ok(name, `the token for Microsoft Graph carries ${GRAPH_ROLE}`)];
    return [warn(name, `The token for Microsoft Graph does not carry ${GRAPH_ROLE}.`, advice)];
  } catch (error) {
    return [warn(name, `No token for Microsoft Graph: ${GatewayError.from(error).message}`, advice)];
  }
}

/**
 * Asks Exchange for something without impersonation, which an app-only token needs: the complaint
 * about just that says that EWS is there for the app.
 */
async function probe(registration: RegistrationConfig, config: Config, token: AccessToken): Promise<CheckLine> {
  const caller = callersOn('ews', config, registration).find(({ domainPasswords }) => domainPasswords === undefined);
  const subject = { username: caller?.username ?? 'the caller', mailbox: caller?.mailbox ?? 'the mailbox' };
  const reply = await askExchange(registration, config, token.value, {
    ...subject,
    body: OPEN_INBOX,
    impersonate: false,
  });
  if (reply.kind !== 'answer') return refusalLine(registration, reply, subject);
  if (LET_IN.has(reply.answer.responseCode)) return ok(registration.name, 'Exchange lets the app use EWS');
  // Whether it is about the app or just this request is not sure: the callers' own lines will tell.
  return { ...refusalLine(registration, reply, subject), level: 'warn' };
}

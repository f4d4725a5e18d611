/**
 * Whether a registration works: a token can be had, it carries the permission, Exchange admits the
 * app, and nothing is about to end.
 *
 * A missing role is a warning only: rights given by RBAC for Applications leave no trace in the token.
 *
 * @see https://learn.microsoft.com/exchange/permissions-exo/application-rbac
 */
import { request, type Dispatcher } from 'undici';
import { ewsDaysLeft, ewsEndText } from '../../ews-end.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../../config/types.ts';
import { count } from '../../quantity.ts';
import { daysUntil } from '../../days.ts';
import { GatewayError } from '../../errors.ts';
import { readExchangeFault } from '../../backends/exchange/exchange-fault.ts';
import { statusError, tokenRejected } from '../../backends/exchange/upstream-errors.ts';
import { connectionsTo } from '../../network/outbound.ts';
import { EWS_MESSAGES, EWS_TYPES, SOAP_11 } from '../../soap/namespaces.ts';
import { TokenStore } from '../../state/token-store.ts';
import { delegatedClient } from '../../tokens/delegated-client.ts';
import { entraClient, type AccessToken } from '../../tokens/entra-client.ts';
import { VERSION } from '../../version.ts';
import { bad, ok, warn, type CheckLine } from '../check-line.ts';
import { explain } from '../explanations.ts';
import { backendsInUse, callersOn } from './backends.ts';
import { checkCallers, openInbox } from './callers.ts';
import { checkGraphMailboxes, GRAPH_ROLE } from './graph.ts';
import { rolesIn } from './token-roles.ts';

const WARN_DAYS = 30;
/** From half a year before on. */
const EWS_WARN_DAYS = 180;
const TIMEOUT = 30_000;
const APP_ROLE = 'full_access_as_app';

/**
 * What ends when: known without asking anybody.
 *
 * @param usesEws whether a caller is still answered by EWS, whose end then concerns the registration
 */
export function checkEnds(
  { name, clientId, credential, ewsUrl }: RegistrationConfig,
  now = Date.now(),
  usesEws = true,
): CheckLine[] {
  const lines: CheckLine[] = [];
  if (credential.kind !== 'none') {
    const what = credential.kind === 'certificate' ? 'certificate' : 'client secret';
    if (credential.notAfter === undefined) {
      lines.push(
        warn(
          name,
          `When the ${what} ends is not known, so that nobody can be warned.`,
          'Add the day that Entra shows to the configuration: credential: { secret: …, expires: "2027-01-31" }',
        ),
      );
    } else {
      const days = daysUntil(credential.notAfter, now);
      const remedy =
        `Make a new one for app ${clientId} under Certificates & ` +
        `secrets${what === 'client secret' ? '; put it into nextSecret until the old one has ended' : ''}.`;
      if (days < 0) lines.push(bad(name, `The ${what} has ended.`, remedy));
      else if (days <= WARN_DAYS) lines.push(warn(name, `The ${what} ends in ${count(days, 'day')}.`, remedy));
      else lines.push(ok(name, `the ${what} is good for ${count(days, 'day')}`));
    }
  }
  const days = usesEws ? ewsDaysLeft(ewsUrl, now) : undefined;
  if (days !== undefined) {
    if (days <= 0)
      lines.push(bad(name, `Exchange Online has had no EWS since ${ewsEndText()}.`, 'See docs/migration.md.'));
    else if (days <= EWS_WARN_DAYS)
      lines.push(
        warn(
          name,
          `EWS in Exchange Online ends in ${count(days, 'day')}, on ${ewsEndText()}.`,
          'See docs/migration.md for what to do until then.',
        ),
      );
  }
  return lines;
}

/** What Entra and Exchange say. Only for registrations whose hosts can be reached. */
export async function checkRights(registration: RegistrationConfig, config: Config): Promise<CheckLine[]> {
  const entra = connectionsTo(new URL(registration.loginOrigin), config.outbound);
  try {
    return registration.flow === 'delegated'
      ? await checkSignIns(registration, config, entra)
      : await checkApp(registration, config, entra);
  } finally {
    await entra.close();
  }
}

async function checkApp(registration: RegistrationConfig, config: Config, entra: Dispatcher): Promise<CheckLine[]> {
  const backends = backendsInUse(registration, config);
  return [
    ...(backends.has('ews') ? await checkExchange(registration, config, entra) : []),
    ...(backends.has('graph') ? await checkGraphMailboxes(registration, config, entra) : []),
  ];
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
  const admitted = await probe(registration, config, token);
  lines.push(admitted);
  if (admitted.level !== 'bad')
    lines.push(
      ...(await checkCallers(registration, config, {
        callers: callersOn('ews', config, registration),
        insteadOfDomain: 'only that Exchange admits the app is checked',
        open: (caller) => openInbox(registration, config, token.value, caller),
      })),
    );
  if (!backendsInUse(registration, config).has('graph')) lines.push(...(await checkGraph(registration, entra)));
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

async function checkSignIns(
  registration: RegistrationConfig,
  config: Config,
  dispatcher: Dispatcher,
): Promise<CheckLine[]> {
  const { name } = registration;
  const { tokenStore } = config;
  if (tokenStore === undefined) return [];
  const store = new TokenStore(tokenStore.folder, tokenStore.key);
  const lines: CheckLine[] = [];
  for (const backend of ['ews', 'graph'] as const) {
    const callers = callersOn(backend, config, registration).filter(({ domainPasswords }) => !domainPasswords);
    const mailboxes = new Set(callers.flatMap(({ mailbox, mayImpersonate }) => [mailbox, ...mayImpersonate]));
    const asked = backend === 'graph' ? { ...registration, scope: registration.graphScope } : registration;
    for (const mailbox of mailboxes) {
      try {
        await delegatedClient(asked, mailbox, store, { dispatcher })();
        lines.push(ok(name, `${mailbox} is signed in${backend === 'graph' ? ' to Microsoft Graph' : ''}`));
      } catch (error) {
        lines.push(bad(name, GatewayError.from(error).message, `  ews-gateway sign-in ${mailbox}`));
      }
    }
  }
  return lines;
}

/**
 * Asks Exchange for something without impersonation, which an app-only token needs: the complaint
 * about just that says that EWS is there for the app.
 */
async function probe(registration: RegistrationConfig, config: Config, token: AccessToken): Promise<CheckLine> {
  const { name, clientId, ewsUrl, flow, userAgent } = registration;
  const url = new URL(ewsUrl);
  const mailbox = callersOf(config, registration)[0]?.mailbox ?? 'the mailbox';
  const context = {
    registration: name,
    clientId,
    flow,
    mailbox,
    host: url.host,
    proxy: undefined,
    userAgent: userAgent ?? `ews-gateway-check/${VERSION}`,
  };
  const refused = (error: GatewayError): CheckLine =>
    bad(
      name,
      error.message,
      ...(explain(error.code, { username: mailbox, mailbox, clientId, registration: name })?.remedy ?? []),
    );
  const dispatcher = connectionsTo(url, config.outbound);
  try {
    const response = await request(url, {
      dispatcher,
      method: 'POST',
      headers: {
        'authorization': `Bearer ${token.value}`,
        'content-type': 'text/xml; charset=utf-8',
        'user-agent': context.userAgent,
      },
      body: PROBE,
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const body = Buffer.from(await response.body.arrayBuffer());
    if (response.statusCode === 401) return refused(tokenRejected(response.headers, context));
    const fault = response.statusCode === 500 ? readExchangeFault(body, response.headers) : undefined;
    if (fault?.responseCode === 'ErrorInvalidExchangeImpersonationHeaderData' || response.statusCode === 200)
      return ok(name, 'Exchange admits the app to EWS');
    if (fault !== undefined)
      return warn(
        name,
        `Exchange answers ${fault.responseCode}: ${fault.text}`,
        ...(explain(fault.responseCode, { username: mailbox, mailbox, clientId, registration: name })?.remedy ?? []),
      );
    return refused(statusError(response.statusCode, response.headers, context));
  } catch (error) {
    return bad(
      name,
      `${url.host} does not answer a request for EWS (${error instanceof Error ? error.message : String(error)}).`,
    );
  } finally {
    await dispatcher.close();
  }
}

const PROBE =
  `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${SOAP_11}" xmlns:t="${EWS_TYPES}" ` +
  `xmlns:m="${EWS_MESSAGES}"><soap:Header><t:RequestServerVersion Version="Exchange2010_SP2"/></soap:Header>` +
  `<soap:Body>` +
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
  '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder></soap:Body></soap:Envelope>';

function callersOf({ callers }: Config, { name }: RegistrationConfig): CallerConfig[] {
  return callers.filter((caller) => caller.registration === name && caller.domainPasswords === undefined);
}

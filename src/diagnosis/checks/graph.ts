/**
 * Whether a registration reaches its callers' mailboxes through Microsoft Graph: a token of Graph's audience, the role
 * in it, and the Inbox of each mailbox.
 *
 * A missing role is a warning only: rights given by RBAC for Applications leave no trace in the token.
 *
 * @see https://learn.microsoft.com/graph/api/mailfolder-get
 * @see https://learn.microsoft.com/graph/auth-limit-mailbox-access
 */
import { request, type Dispatcher } from 'undici';
import { toResponseError } from '../../backends/graph/errors.ts';
import { GraphError, readFailure } from '../../backends/graph/service/graph-error.ts';
import { usersPath, withQuery, type MailboxPath } from '../../backends/graph/service/paths.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../../config/types.ts';
import { errorText, GatewayError } from '../../errors.ts';
import { readBounded } from '../../network/bounded-body.ts';
import { connectionsTo } from '../../network/outbound.ts';
import { entraClient, type AccessToken } from '../../tokens/entra-client.ts';
import { count } from '../../quantity.ts';
import { VERSION } from '../../version.ts';
import { bad, ok, warn, type CheckLine } from '../check-line.ts';
import { explain } from '../explanations.ts';
import { callersOn } from './backends.ts';
import { checkCallers } from './callers.ts';
import { rolesIn } from './token-roles.ts';

const TIMEOUT = 30_000;
const LARGEST_ANSWER = 64 * 1024;
/** What reading, marking, moving, deleting and creating folders need: less makes no useful gateway. */
export const GRAPH_ROLE = 'Mail.ReadWrite';
const SENDING_ROLE = 'Mail.Send';

/** For a registration of the app's own right with callers that Graph answers. @param entra connections to Entra */
export async function checkGraphMailboxes(
  registration: RegistrationConfig,
  config: Config,
  entra: Dispatcher,
): Promise<CheckLine[]> {
  const { name, clientId, graphOrigin, graphScope } = registration;
  if (graphOrigin === undefined)
    return [bad(name, 'There is no address of Microsoft Graph.', 'Set endpoints.graph of the registration.')];
  let token: AccessToken;
  try {
    token = await entraClient({ ...registration, scope: graphScope }, { dispatcher: entra })();
  } catch (error) {
    return [bad(name, `No token for Microsoft Graph: ${GatewayError.from(error).message}`)];
  }
  const lines: CheckLine[] = [
    rolesIn(token.value).includes(GRAPH_ROLE)
      ? ok(name, `the token for Microsoft Graph carries ${GRAPH_ROLE}`)
      : warn(
          name,
          `The token for Microsoft Graph does not carry ${GRAPH_ROLE}. That is right where access is given by ` +
            'RBAC for Applications, which leaves no trace in it.',
          `Else: API permissions of app ${clientId}, Microsoft Graph, application permission ${GRAPH_ROLE}, ` +
            'Grant admin consent.',
        ),
  ];
  lines.push(...sendingLines(registration, config, rolesIn(token.value)));
  const connections = connectionsTo(new URL(graphOrigin), config.outbound);
  try {
    const callers = await checkCallers(registration, config, {
      callers: callersOn('graph', config, registration),
      insteadOfDomain: 'only the token for Microsoft Graph is checked',
      open: (caller) => openInbox(registration, token.value, caller, usersPath(caller.mailbox), connections),
    });
    return [...lines, ...callers];
  } finally {
    await connections.destroy();
  }
}

/** Sending takes a permission of its own. Without any role in the token nothing is known of it (RBAC). */
function sendingLines(registration: RegistrationConfig, config: Config, roles: readonly string[]): CheckLine[] {
  const { name, clientId } = registration;
  const senders = callersOn('graph', config, registration).filter(maySend);
  if (senders.length === 0 || !roles.includes(GRAPH_ROLE)) return [];
  if (roles.includes(SENDING_ROLE)) return [ok(name, `the token for Microsoft Graph carries ${SENDING_ROLE}`)];
  return [
    warn(
      name,
      `The token for Microsoft Graph does not carry ${SENDING_ROLE}, without which ${namesOf(senders)} may not send.`,
      `API permissions of app ${clientId}, Microsoft Graph, application permission ${SENDING_ROLE}, Grant admin ` +
        'consent. If nothing is to be sent: operations: capture.',
    ),
  ];
}

function maySend({ operations }: CallerConfig): boolean {
  return operations.has('SendItem') || operations.has('CreateItem');
}

function namesOf(callers: readonly CallerConfig[]): string {
  const names = callers.slice(0, 3).map(({ username, operationsSetting }) => `${username} (${operationsSetting})`);
  const rest = callers.length - names.length;
  return `${names.join(', ')}${rest === 0 ? '' : ` and ${count(rest, 'other')}`}`;
}

/** The Inbox of a mailbox that has signed in, with its own token. */
export async function checkOwnInbox(
  registration: RegistrationConfig,
  config: Config,
  token: string,
  subject: { readonly username: string; readonly mailbox: string },
): Promise<CheckLine> {
  const { graphOrigin, name } = registration;
  if (graphOrigin === undefined) return bad(name, 'There is no address of Microsoft Graph.');
  const connections = connectionsTo(new URL(graphOrigin), config.outbound);
  try {
    return await openInbox(registration, token, subject, '/me', connections);
  } finally {
    await connections.destroy();
  }
}

async function openInbox(
  { name, clientId, flow, graphOrigin, userAgent }: RegistrationConfig,
  token: string,
  { username, mailbox }: Pick<CallerConfig, 'username' | 'mailbox'>,
  root: MailboxPath,
  dispatcher: Dispatcher,
): Promise<CheckLine> {
  const subject = { username, mailbox, clientId, registration: name, backend: 'graph', flow } as const;
  const refused = (code: string, text: string, busy: boolean): CheckLine =>
    (busy ? warn : bad)(name, `Inbox of ${mailbox}: ${text}`, ...(explain(code, subject)?.remedy ?? []));
  const path = withQuery(`/v1.0${root}/mailFolders/inbox`, { $select: 'totalItemCount' });
  try {
    const response = await request(`${graphOrigin}${path}`, {
      dispatcher,
      headers: { 'authorization': `Bearer ${token}`, 'user-agent': userAgent ?? `ews-gateway-check/${VERSION}` },
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const answer = await readJson(response.body);
    if (response.statusCode === 200) {
      const { totalItemCount } = (answer ?? {}) as { readonly totalItemCount?: unknown };
      const messages = typeof totalItemCount === 'number' ? totalItemCount : 'an unknown number of';
      return ok(name, `Inbox of ${mailbox} through Microsoft Graph: ${messages} messages`);
    }
    const requestId = response.headers['request-id'];
    throw new GraphError(
      readFailure(response.statusCode, answer, {
        requestId: typeof requestId === 'string' ? requestId : undefined,
        retryAfter: undefined,
      }),
    );
  } catch (error) {
    if (!(error instanceof GraphError)) return bad(name, `Inbox of ${mailbox}: ${errorText(error)}.`);
    try {
      const { responseCode, message } = toResponseError(error, 'mailbox');
      return refused(responseCode, `Microsoft Graph answers ${error.code} (HTTP ${error.status}): ${message}`, false);
    } catch (fault) {
      // What passes by itself says nothing lasting about the mailbox.
      return refused(fault instanceof GatewayError ? fault.code : '', (fault as Error).message, true);
    }
  }
}

/** @returns undefined where the answer is no JSON, or larger than an answer about a folder can be */
async function readJson(body: AsyncIterable<Buffer>): Promise<unknown> {
  const content = await readBounded(body, LARGEST_ANSWER);
  try {
    return content === undefined ? undefined : JSON.parse(content.toString());
  } catch {
    return undefined;
  }
}

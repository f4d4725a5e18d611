/**
 * Which headers travel. Requests: an allow-list, so that nothing a client sends can reach Exchange
 * unless it is known to be harmless. Responses: everything but what belongs to the connection, to
 * authentication or to the upstream's own origin.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-message-forwarding
 */
import type { IncomingHttpHeaders } from 'node:http';

/** Request headers that may pass from client to Exchange. */
const FORWARDED: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'client-request-id',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'return-client-request-id',
  'soapaction',
  'user-agent',
  'x-clientstatistics',
  'x-ews-targetversion',
  'x-preferserveraffinity',
]);

const NOT_RELAYED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // About the upstream's origin or credentials, not about the gateway's:
  'alt-svc',
  'authentication-info',
  'location',
  'set-cookie',
  'strict-transport-security',
  'www-authenticate',
  'x-ms-diagnostics',
]);

/** @returns those of the client's request headers that may reach Exchange */
export function forwardedRequestHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const named = namedInConnection(headers.connection);
  const forwarded: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string' && FORWARDED.has(name) && named?.has(name) !== true) forwarded[name] = value;
  }
  return forwarded;
}

/** @returns the upstream's response headers that the client may see; cookies and Location are handled elsewhere */
export function relayedResponseHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = namedInConnection(headers.connection);
  const relayed: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !NOT_RELAYED.has(name) && named?.has(name) !== true) relayed[name] = value;
  }
  return relayed;
}

/** Headers that a Connection header declares to belong to the connection; undefined where there are none. */
function namedInConnection(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || /^(?:keep-alive|close)$/i.test(connection)) return undefined;
  return new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}

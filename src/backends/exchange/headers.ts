/**
 * Which headers travel. Requests: an allow-list, so that nothing a client sends can reach Exchange
 * unless it is known to be harmless. Responses: an allow-list too, of what EWS clients read and what
 * helps to find a request at Microsoft's.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-message-forwarding
 */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { charsetOf } from '../../soap/encoding.ts';
import type { EnvelopeHead } from '../../soap/envelope-head.ts';
import { EWS_MESSAGES } from '../../soap/namespaces.ts';
import type { CookieSigner } from './cookies.ts';
import type { RelayedHeaders } from './call-result.ts';

/** Request headers that may pass from client to Exchange. */
const FORWARDED: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'client-request-id',
  'if-modified-since',
  'if-none-match',
  'return-client-request-id',
  'user-agent',
  'x-clientstatistics',
  'x-ews-targetversion',
  'x-preferserveraffinity',
]);

/**
 * Response headers that may pass from Exchange to the client; cookies and Location are handled apart.
 *
 * What belongs to the connection, to authentication (a 401 is about the client's own credentials only), to the
 * upstream's origin (Strict-Transport-Security, Alt-Svc) or to its insides stays here, and so does what nobody knows.
 */
const RELAYED: ReadonlySet<string> = new Set([
  'cache-control',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'etag',
  'expires',
  'last-modified',
  'pragma',
  'vary',
  // exchangelib and others wait for this long.
  'retry-after',
  // Ids by which Microsoft finds a request.
  'client-request-id',
  'request-id',
  'x-beserver',
  'x-calculatedbetarget',
  'x-calculatedfetarget',
  'x-diaginfo',
  'x-feserver',
  'x-ms-appid',
  // What exchangelib and the Managed API look at or log.
  'x-backendhttpstatus',
  'x-caserrorcode',
  'x-diagnostics',
  'x-ews-policy-reason',
  'x-ews-targetversion',
  'x-exchange-version',
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
    if (value !== undefined && RELAYED.has(name) && named?.has(name) !== true) relayed[name] = value;
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

/** For whom a request is sent. */
export interface SenderContext {
  /** Replaces the client's User-Agent. */
  readonly userAgent: string | undefined;
  readonly mailbox: string;
  readonly caller: string;
  readonly cookies: CookieSigner;
}

/**
 * The headers of a SOAP request that say what it is: made here, never the client's. A reader that believes them reads
 * the operation that was authorized, in the encoding in which it was.
 *
 * @param client its own headers: only where it names the action is it named to Exchange
 */
export function soapHeaders(
  client: IncomingHttpHeaders,
  operation: string,
  { encoding, declaredEncoding, soapVersion }: EnvelopeHead,
): Record<string, string> {
  const charset = charsetOf(encoding, declaredEncoding);
  if (soapVersion === '1.1') {
    const headers: Record<string, string> = { 'content-type': `text/xml; charset=${charset}` };
    if (client['soapaction'] !== undefined) headers['soapaction'] = `"${EWS_MESSAGES}/${operation}"`;
    return headers;
  }
  const action = /;\s*action=/i.test(client['content-type'] ?? '') ? `; action="${EWS_MESSAGES}/${operation}"` : '';
  return { 'content-type': `application/soap+xml; charset=${charset}${action}` };
}

/** Headers of the request to Exchange, but Authorization and Content-Length, and those of {@link soapHeaders}. */
export function headersFor(client: IncomingHttpHeaders, sender: SenderContext): Record<string, string> {
  const headers = forwardedRequestHeaders(client);
  if (sender.userAgent !== undefined) headers['user-agent'] = sender.userAgent;
  headers['client-request-id'] ??= randomUUID();
  headers['x-anchormailbox'] = sender.mailbox;
  const cookie = client.cookie === undefined ? undefined : sender.cookies.toUpstream(client.cookie, sender.caller);
  if (cookie !== undefined) headers['cookie'] = cookie;
  return headers;
}

/** For whom an answer is relayed. */
export interface RelayContext {
  /** The EWS endpoint. */
  readonly url: URL;
  readonly cookies: CookieSigner;
  readonly caller: string;
  /** Whether the client's connection is TLS. */
  readonly secure: boolean;
}

/** The answer's headers for the client; undefined for a redirect that cannot be passed on. */
export function relayed(
  status: number,
  upstream: IncomingHttpHeaders,
  { url, cookies, caller, secure }: RelayContext,
): RelayedHeaders | undefined {
  const headers = relayedResponseHeaders(upstream);
  // undici gives a single one as a string, whatever its type says.
  const setCookie: string | string[] | undefined = upstream['set-cookie'];
  if (setCookie !== undefined) headers['set-cookie'] = cookies.toClient([setCookie].flat(), caller, secure);
  if (upstream.location !== undefined && status >= 300 && status < 400) {
    const location = ownLocation(upstream.location, url);
    if (location === undefined) return undefined;
    headers['location'] = location;
  }
  return headers;
}

/** A redirect within the endpoint's folder, as a path on the gateway; undefined for anything else. */
function ownLocation(location: string, url: URL): string | undefined {
  const target = URL.parse(location, url.href);
  if (target?.origin !== url.origin) return undefined;
  return `/ews/${target.pathname.split('/').at(-1) ?? ''}`;
}

/** SOAP answers pass: success that is no page of something on the way, and Exchange's own faults. */
export function passesAsSoap(status: number, headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'] ?? '';
  if (status === 500) return /\bxml\b/i.test(type);
  return status >= 200 && status < 300 && !/^text\/html\b/i.test(type);
}

export function passesAsDocument(status: number, headers: IncomingHttpHeaders): boolean {
  if ((status >= 200 && status < 300) || status === 304 || status === 404) return true;
  return (status === 301 || status === 302) && headers.location !== undefined;
}

/**
 * Backend 1: forwards to Exchange Web Services, streaming both ways.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-authenticate-an-ews-application-by-using-oauth
 */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { Pool, type Dispatcher } from 'undici';
import type { Backend, BackendRequest, DocumentRequest, Outcome } from '../backend.ts';
import type { RegistrationConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { isHanging } from '../soap/operations.ts';
import type { AccessToken } from '../tokens/entra-client.ts';
import { attempt, type AttemptResult } from './attempt.ts';
import type { CookieSigner } from './cookies.ts';
import { forwardedRequestHeaders, relayedResponseHeaders } from './headers.ts';
import { connectionError, statusError, tokenRejected, type UpstreamContext } from './upstream-errors.ts';

export interface ExchangeBackendOptions {
  readonly registration: RegistrationConfig;
  readonly cookies: CookieSigner;
  /** PEM texts of further trusted authorities, besides the well-known ones. */
  readonly ca: readonly string[] | undefined;
  readonly connections: number;
  /** How long Exchange may take to begin an answer or pause within one, in milliseconds. */
  readonly responseTimeout: number;
}

const CONNECT_TIMEOUT = 10_000;
/** Below what Exchange Online and firewalls close idle connections after. */
const IDLE_TIMEOUT = 55_000;

type Headers = Record<string, string>;

interface Exchange {
  readonly operation: string;
  readonly context: UpstreamContext;
  readonly owner: string;
  readonly secure: boolean;
  readonly request: Dispatcher.DispatchOptions;
  readonly flushHead: boolean;
  readonly watch: BackendRequest['watch'];
  /** Whether a response of this status goes to the client as it is. */
  readonly passes: (status: number, headers: IncomingHttpHeaders) => boolean;
}

export class ExchangeBackend implements Backend {
  readonly #options: ExchangeBackendOptions;
  readonly #pool: Pool;
  readonly #url: URL;

  constructor(options: ExchangeBackendOptions) {
    this.#options = options;
    this.#url = new URL(options.registration.ewsUrl);
    this.#pool = new Pool(this.#url.origin, {
      connections: options.connections,
      pipelining: 1,
      keepAliveTimeout: IDLE_TIMEOUT,
      headersTimeout: options.responseTimeout,
      bodyTimeout: options.responseTimeout,
      connect: { timeout: CONNECT_TIMEOUT, ...(options.ca === undefined ? {} : { ca: [...options.ca] }) },
    });
  }

  async forward(request: BackendRequest, client: ServerResponse): Promise<Outcome> {
    const { body, operation, mailbox, contentLength } = request;
    const headers = this.#headers(request.headers, request.owner, mailbox);
    // What is here in one piece goes without streaming, with its own length.
    if (contentLength !== undefined) headers['content-length'] = String(contentLength);
    // What is to be read on its way must not be compressed.
    if (request.watch !== undefined) delete headers['accept-encoding'];
    const hanging = isHanging(operation);
    const exchange: Exchange = {
      operation,
      owner: request.owner,
      secure: request.secure,
      context: this.#context(mailbox, headers),
      flushHead: hanging,
      passes: passesAsSoap,
      watch: request.watch,
      request: {
        origin: this.#url.origin,
        path: this.#url.pathname,
        method: 'POST',
        // EWS changes state by POST: undici must never repeat one by itself.
        idempotent: false,
        ...(hanging ? { bodyTimeout: 0 } : {}),
      },
    };
    const send = (token: AccessToken): Promise<AttemptResult> => this.#send(exchange, client, headers, token, body.send());

    let result = await send(request.token);
    if (!result.relayed && result.status === 401 && request.tokens.reject(request.token)) {
      if (!body.replayable) {
        throw new GatewayError('TOKEN_REJECTED_UPSTREAM', 'Exchange wants a new token, and the request is too large to be sent again by the gateway. Try again.', {
          backOffMilliseconds: 1_000,
        });
      }
      result = await send(await request.tokens.get());
    }
    return outcomeOf(result, exchange.context);
  }

  async document(request: DocumentRequest, client: ServerResponse): Promise<Outcome> {
    const headers = this.#headers(request.headers, request.owner, request.mailbox);
    const exchange: Exchange = {
      operation: `GET ${request.document}`,
      owner: request.owner,
      secure: request.secure,
      context: this.#context(request.mailbox, headers),
      flushHead: false,
      passes: passesAsDocument,
      watch: undefined,
      request: { origin: this.#url.origin, path: new URL(request.document, this.#url).pathname, method: 'GET' },
    };
    let result = await this.#send(exchange, client, headers, request.token, null);
    if (!result.relayed && result.status === 401 && request.tokens.reject(request.token)) {
      result = await this.#send(exchange, client, headers, await request.tokens.get(), null);
    }
    return outcomeOf(result, exchange.context);
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  #send(exchange: Exchange, client: ServerResponse, headers: Headers, token: AccessToken, body: Dispatcher.DispatchOptions['body']): Promise<AttemptResult> {
    headers['authorization'] = `Bearer ${token.value}`;
    return attempt({
      dispatcher: this.#pool,
      client,
      flushHead: exchange.flushHead,
      watch: exchange.watch,
      request: { ...exchange.request, headers, body: body ?? null },
      onHead: (status, upstream) => (exchange.passes(status, upstream) ? this.#relayedHeaders(exchange, status, upstream) : undefined),
      explain: (error, sent) => connectionError(error, sent, exchange.operation, exchange.context),
    });
  }

  /** The response's headers for the client; undefined for a redirect that cannot be passed on. */
  #relayedHeaders({ owner, secure }: Exchange, status: number, upstream: IncomingHttpHeaders): Record<string, string | string[]> | undefined {
    const relayed = relayedResponseHeaders(upstream);
    // undici gives a single one as a string, whatever its type says.
    const setCookie: string | string[] | undefined = upstream['set-cookie'];
    if (setCookie !== undefined) relayed['set-cookie'] = this.#options.cookies.toClient([setCookie].flat(), owner, secure);
    if (upstream.location !== undefined && status >= 300 && status < 400) {
      const location = this.#ownLocation(upstream.location);
      if (location === undefined) return undefined;
      relayed['location'] = location;
    }
    return relayed;
  }

  /** Headers of the upstream request but Authorization and Content-Length. */
  #headers(client: IncomingHttpHeaders, owner: string, mailbox: string): Headers {
    const headers: Headers = forwardedRequestHeaders(client);
    const { userAgent } = this.#options.registration;
    if (userAgent !== undefined) headers['user-agent'] = userAgent;
    headers['client-request-id'] ??= randomUUID();
    headers['x-anchormailbox'] = mailbox;
    const cookie = client.cookie === undefined ? undefined : this.#options.cookies.toUpstream(client.cookie, owner);
    if (cookie !== undefined) headers['cookie'] = cookie;
    return headers;
  }

  #context(mailbox: string, headers: Headers): UpstreamContext {
    const { registration } = this.#options;
    return { registration: registration.name, clientId: registration.clientId, flow: registration.flow, mailbox, host: this.#url.host, userAgent: headers['user-agent'] };
  }

  /** A redirect within the endpoint's folder, as a path on the gateway; undefined for anything else. */
  #ownLocation(location: string): string | undefined {
    const target = URL.parse(location, this.#url.href);
    if (target?.origin !== this.#url.origin) return undefined;
    return `/ews/${target.pathname.split('/').at(-1) ?? ''}`;
  }
}

/** SOAP answers pass: success, and Exchange's own faults. */
function passesAsSoap(status: number, headers: IncomingHttpHeaders): boolean {
  return (status >= 200 && status < 300) || (status === 500 && /\bxml\b/i.test(headers['content-type'] ?? ''));
}

function passesAsDocument(status: number, headers: IncomingHttpHeaders): boolean {
  return (status >= 200 && status < 300) || status === 304 || status === 404 || ((status === 301 || status === 302) && headers.location !== undefined);
}

function outcomeOf(result: AttemptResult, context: UpstreamContext): Outcome {
  if (!result.relayed) throw result.status === 401 ? tokenRejected(result.headers, context) : statusError(result.status, result.headers, context);
  const id = result.headers['request-id'];
  return { status: result.status, bytes: result.bytes, upstreamRequestId: typeof id === 'string' ? id : undefined };
}

/**
 * Backend 1: forwards to Exchange Web Services, streaming both ways.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-authenticate-an-ews-application-by-using-oauth
 */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Backend, BackendRequest, DocumentRequest, Outcome } from '../backend.ts';
import type { Outbound, RegistrationConfig, ThrottlingSettings } from '../../config/types.ts';
import { GatewayError } from '../../errors.ts';
import { connectionCounts, connectionsTo, proxyFor, type ConnectionCounts } from '../../network/outbound.ts';
import { isHanging, onlyReads } from '../../ews/operations.ts';
import type { AccessToken } from '../../tokens/entra-client.ts';
import { parseRetryAfter } from '../../network/retry-after.ts';
import { attempt, type AttemptResult } from './upstream-call.ts';
import type { CookieSigner } from './cookies.ts';
import { readExchangeFault, type ExchangeFault } from './exchange-fault.ts';
import { forwardedRequestHeaders, relayedResponseHeaders } from './headers.ts';
import { MailboxQueues, type QueueEvents, type QueueStatus, type Turn } from '../mailbox-gate.ts';
import { connectionError, statusError, tokenRejected, type UpstreamContext } from './upstream-errors.ts';

export interface ExchangeBackendOptions {
  readonly registration: RegistrationConfig;
  readonly cookies: CookieSigner;
  readonly outbound: Outbound;
  readonly throttling: ThrottlingSettings;
  readonly queueEvents: QueueEvents;
  readonly connections: number;
  /** How long Exchange may take to begin an answer or pause within one, in milliseconds. */
  readonly responseTimeout: number;
}

/** How long to wait after a 503 that does not say. */
const UNTOLD_BACK_OFF = 5_000;
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
  /** Whether a fault is held back, because the request will be sent again. */
  readonly holdsFault: ((fault: Buffer, headers: IncomingHttpHeaders) => boolean) | undefined;
  /** Whether a response of this status goes to the client as it is. */
  readonly passes: (status: number, headers: IncomingHttpHeaders) => boolean;
}

export class ExchangeBackend implements Backend {
  readonly #options: ExchangeBackendOptions;
  readonly #connections: Dispatcher;
  readonly #queues: MailboxQueues;
  readonly #url: URL;
  /** Requests under way, waiting ones too. */
  #requests = 0;
  #onIdle: () => void = () => undefined;

  constructor(options: ExchangeBackendOptions) {
    this.#options = options;
    this.#url = new URL(options.registration.ewsUrl);
    this.#connections = connectionsTo(this.#url, options.outbound, {
      connections: options.connections,
      keepAliveTimeout: IDLE_TIMEOUT,
      headersTimeout: options.responseTimeout,
      bodyTimeout: options.responseTimeout,
    });
    this.#queues = new MailboxQueues(options.throttling, options.queueEvents);
  }

  async forward(request: BackendRequest, client: ServerResponse): Promise<Outcome> {
    this.#requests++;
    try {
      // A connection that hangs for half an hour is not one of those that take turns.
      if (isHanging(request.operation)) return await this.#forward(request, client, undefined);
      const place = this.#queues.enter(request.mailbox, request.owner, client);
      const turn = place instanceof Promise ? await place : place;
      try {
        return await this.#forward(request, client, turn);
      } finally {
        turn.end();
      }
    } finally {
      if (--this.#requests === 0) this.#onIdle();
    }
  }

  /** How requests wait, and how the connections are used. */
  status(): BackendStatus {
    return { queue: this.#queues.status(), connections: connectionCounts(this.#connections) };
  }

  async #forward(request: BackendRequest, client: ServerResponse, turn: Turn | undefined): Promise<Outcome> {
    const { body, operation, mailbox, contentLength } = request;
    const headers = this.#headers(request.headers, request.owner, mailbox);
    // What is here in one piece goes without streaming, with its own length.
    if (contentLength !== undefined) headers['content-length'] = String(contentLength);
    // What is to be read on its way must not be compressed.
    if (request.watch !== undefined) delete headers['accept-encoding'];
    const hanging = isHanging(operation);
    // What is too large to be kept is not sent again; see request-body.ts.
    const maySendAgain = (milliseconds: number): boolean => turn?.backOff(milliseconds) === true && body.replayable;
    let latestFault: ExchangeFault | undefined;
    const exchange: Exchange = {
      operation,
      owner: request.owner,
      secure: request.secure,
      context: this.#context(mailbox, headers),
      flushHead: hanging,
      passes: passesAsSoap,
      holdsFault: (fault, fromExchange) => {
        latestFault = readExchangeFault(fault, fromExchange);
        return latestFault?.backOff !== undefined && maySendAgain(latestFault.backOff);
      },
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
    let token = request.token;
    let renewed = false;
    let result: AttemptResult;
    for (;;) {
      result = await this.#send(exchange, client, headers, token, body.send());
      if (
        turn !== undefined &&
        wasNotCarriedOut(result, operation) &&
        (result.heldFault || maySendAgain(retryAfterOf(result)))
      ) {
        await turn.again();
      } else if (!renewed && !result.relayed && result.status === 401 && request.tokens.reject(token)) {
        if (!body.replayable) {
          throw new GatewayError(
            'TOKEN_REJECTED_UPSTREAM',
            'Exchange wants a new token, and the request is too large to be sent again by the gateway. Try again.',
            {
              backOffMilliseconds: 1_000,
            },
          );
        }
        renewed = true;
      } else break;
      token = await request.tokens.get();
    }
    return { ...outcomeOf(result, exchange.context), fault: result.status === 500 ? latestFault : undefined };
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
      holdsFault: undefined,
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
    // Those that wait for their turn have not sent anything yet.
    if (this.#requests > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await this.#connections.close();
  }

  #send(
    exchange: Exchange,
    client: ServerResponse,
    headers: Headers,
    token: AccessToken,
    body: Dispatcher.DispatchOptions['body'],
  ): Promise<AttemptResult> {
    headers['authorization'] = `Bearer ${token.value}`;
    return attempt({
      dispatcher: this.#connections,
      client,
      flushHead: exchange.flushHead,
      watch: exchange.watch,
      holdsFault: exchange.holdsFault,
      request: { ...exchange.request, headers, body: body ?? null },
      onHead: (status, upstream) =>
        exchange.passes(status, upstream) ? this.#relayedHeaders(exchange, status, upstream) : undefined,
      explain: (error, sent) => connectionError(error, sent, exchange.operation, exchange.context),
    });
  }

  /** The response's headers for the client; undefined for a redirect that cannot be passed on. */
  #relayedHeaders(
    { owner, secure }: Exchange,
    status: number,
    upstream: IncomingHttpHeaders,
  ): Record<string, string | string[]> | undefined {
    const relayed = relayedResponseHeaders(upstream);
    // undici gives a single one as a string, whatever its type says.
    const setCookie: string | string[] | undefined = upstream['set-cookie'];
    if (setCookie !== undefined)
      relayed['set-cookie'] = this.#options.cookies.toClient([setCookie].flat(), owner, secure);
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
    return {
      registration: registration.name,
      clientId: registration.clientId,
      flow: registration.flow,
      mailbox,
      host: this.#url.host,
      proxy: proxyFor(this.#url, this.#options.outbound)?.url,
      userAgent: headers['user-agent'],
    };
  }

  /** A redirect within the endpoint's folder, as a path on the gateway; undefined for anything else. */
  #ownLocation(location: string): string | undefined {
    const target = URL.parse(location, this.#url.href);
    if (target?.origin !== this.#url.origin) return undefined;
    return `/ews/${target.pathname.split('/').at(-1) ?? ''}`;
  }
}

export interface BackendStatus {
  readonly queue: QueueStatus;
  readonly connections: ConnectionCounts;
}

/**
 * Whether Exchange put a request off without doing anything: it said so with a fault that was held
 * back, or with the time to wait. Without that time a 503 may be from a proxy in between; what changes
 * nothing can be sent again all the same.
 */
function wasNotCarriedOut(result: AttemptResult, operation: string): boolean {
  if (result.relayed) return false;
  if (result.status === 500) return result.heldFault;
  return (
    (result.status === 429 || result.status === 503) &&
    (parseRetryAfter(result.headers['retry-after']) !== undefined || onlyReads(operation))
  );
}

function retryAfterOf({ headers }: AttemptResult): number {
  return parseRetryAfter(headers['retry-after']) ?? UNTOLD_BACK_OFF;
}

/** SOAP answers pass: success, and Exchange's own faults. */
function passesAsSoap(status: number, headers: IncomingHttpHeaders): boolean {
  return (status >= 200 && status < 300) || (status === 500 && /\bxml\b/i.test(headers['content-type'] ?? ''));
}

function passesAsDocument(status: number, headers: IncomingHttpHeaders): boolean {
  return (
    (status >= 200 && status < 300) ||
    status === 304 ||
    status === 404 ||
    ((status === 301 || status === 302) && headers.location !== undefined)
  );
}

function outcomeOf(result: AttemptResult, context: UpstreamContext): Outcome {
  if (!result.relayed)
    throw result.status === 401
      ? tokenRejected(result.headers, context)
      : statusError(result.status, result.headers, context);
  const id = result.headers['request-id'];
  return {
    status: result.status,
    bytes: result.bytes,
    upstreamRequestId: typeof id === 'string' ? id : undefined,
    fault: undefined,
  };
}

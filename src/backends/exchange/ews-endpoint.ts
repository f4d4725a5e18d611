/**
 * The EWS endpoint of a registration: connections to it, and what calls to it look like.
 */
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Outbound, RegistrationConfig, ThrottlingSettings } from '../../config/types.ts';
import { isHanging } from '../../ews/operations.ts';
import { connectionCounts, connectionsTo, proxyFor, type ConnectionCounts } from '../../network/outbound.ts';
import type { AccessToken } from '../../tokens/entra-client.ts';
import type { TokenSet } from '../../tokens/token-set.ts';
import type { DocumentRequest, EwsRequest } from '../backend.ts';
import type { CallResult } from './call-result.ts';
import type { CookieSigner } from './cookies.ts';
import { headersFor, passesAsDocument, passesAsSoap, relayed, soapHeaders, type RelayContext } from './headers.ts';
import { watchSubscriptionIds } from './subscription-ids.ts';
import { callUpstream, type CallOptions } from './upstream-call.ts';
import { connectionError, type UpstreamContext } from './upstream-errors.ts';

export interface EwsEndpointOptions {
  readonly registration: RegistrationConfig;
  /** Tokens of the EWS audience. */
  readonly tokens: TokenSet;
  readonly cookies: CookieSigner;
  readonly outbound: Outbound;
  readonly throttling: ThrottlingSettings;
  readonly connections: number;
  /** How long Exchange may take to begin an answer or pause within one, in milliseconds. */
  readonly responseTimeout: number;
}

type Headers = Record<string, string>;

/** What stays the same over all calls that are made for one request. */
export interface Call {
  readonly options: Omit<CallOptions, 'request'>;
  readonly request: Omit<Dispatcher.DispatchOptions, 'body' | 'headers'>;
  readonly headers: Headers;
  /** For what has to be explained. */
  readonly context: () => UpstreamContext;
}

/** Below what Exchange Online and firewalls close idle connections after. */
const IDLE_TIMEOUT = 55_000;

/** How long a connection may take to be made, which is no waiting for one that is free. */
const CONNECTING = 12_000;

export class EwsEndpoint {
  readonly #options: EwsEndpointOptions;
  readonly #connections: Dispatcher;
  /** For streams of notifications, which stay open for half an hour: they must not take what requests need. */
  readonly #streams: Dispatcher;
  readonly #url: URL;

  constructor(options: EwsEndpointOptions) {
    const { registration, outbound, connections, responseTimeout } = options;
    this.#options = options;
    this.#url = new URL(registration.ewsUrl);
    const settings = { connections, keepAliveTimeout: IDLE_TIMEOUT, headersTimeout: responseTimeout };
    this.#connections = connectionsTo(this.#url, outbound, { ...settings, bodyTimeout: responseTimeout });
    this.#streams = connectionsTo(this.#url, outbound, { ...settings, bodyTimeout: 0 });
  }

  get connections(): ConnectionCounts {
    return sumOf(connectionCounts(this.#connections), connectionCounts(this.#streams));
  }

  async close(): Promise<void> {
    await Promise.all([this.#connections.close(), this.#streams.close()]);
  }

  /** The call that posts a request. */
  post(request: EwsRequest, client: ServerResponse): Call {
    const { operation, mailbox, head } = request;
    const headers = { ...this.#headers(request), ...soapHeaders(request.headers, operation, head) };
    const hanging = isHanging(operation);
    const subscribes = operation === 'Subscribe';
    // What is to be read on its way must not be compressed, and the Managed API cannot read a stream that is.
    if (subscribes || hanging) delete headers['accept-encoding'];
    return {
      headers,
      context: () => this.#context(mailbox, headers),
      options: {
        ...this.#callOptions(operation, request, headers, client, passesAsSoap),
        ...(hanging ? { dispatcher: this.#streams, flushHead: true, ending: request.ending } : {}),
        holdFaults: true,
        watch: subscribes ? watchSubscriptionIds((id) => request.onSubscription(id)) : undefined,
      },
      request: {
        origin: this.#url.origin,
        path: this.#url.pathname,
        method: 'POST',
        // EWS changes state by POST: undici must never repeat one by itself.
        idempotent: false,
      },
    };
  }

  /** The call that fetches a document. @param uncompressed whether it is kept for clients that read no gzip too */
  get(request: DocumentRequest, client: ServerResponse, uncompressed: boolean): Call {
    const { document, mailbox } = request;
    const headers = this.#headers(request);
    if (uncompressed) delete headers['accept-encoding'];
    return {
      headers,
      context: () => this.#context(mailbox, headers),
      options: this.#callOptions(`GET ${document}`, request, headers, client, passesAsDocument),
      request: { origin: this.#url.origin, path: new URL(document, this.#url).pathname, method: 'GET' },
    };
  }

  /** Makes a call, for the first time or again. */
  send(
    { options, request, headers }: Call,
    token: AccessToken,
    body: Dispatcher.DispatchOptions['body'],
  ): Promise<CallResult> {
    headers['authorization'] = `Bearer ${token.value}`;
    return callUpstream({ ...options, request: { ...request, headers, body: body ?? null } });
  }

  #callOptions(
    operation: string,
    { caller, mailbox, secure, sink }: EwsRequest | DocumentRequest,
    headers: Headers,
    client: ServerResponse,
    passes: typeof passesAsSoap,
  ): Omit<CallOptions, 'request'> {
    const relay: RelayContext = { url: this.#url, cookies: this.#options.cookies, caller, secure };
    return {
      dispatcher: this.#connections,
      client,
      flushHead: false,
      holdFaults: false,
      watch: undefined,
      ending: undefined,
      longestWait: CONNECTING + this.#options.throttling.longestWaitSeconds * 1000,
      onHead: (status, upstream) => (passes(status, upstream) ? relayed(status, upstream, relay) : undefined),
      explain: (error, sent) => connectionError(error, sent, operation, this.#context(mailbox, headers)),
      sink,
    };
  }

  /** Headers of the upstream request but Authorization and Content-Length. */
  #headers({ headers, caller, mailbox }: EwsRequest | DocumentRequest): Headers {
    const { registration, cookies } = this.#options;
    return headersFor(headers, { userAgent: registration.userAgent, mailbox, caller, cookies });
  }

  #context(mailbox: string, headers: Headers): UpstreamContext {
    const { registration, outbound, tokens } = this.#options;
    return {
      registration: registration.name,
      clientId: registration.clientId,
      flow: registration.flow,
      mailbox,
      host: this.#url.host,
      proxy: proxyFor(this.#url, outbound)?.url,
      userAgent: headers['user-agent'],
      replacementIn: tokens.for(mailbox).replacementIn,
    };
  }
}

function sumOf(one: ConnectionCounts, other: ConnectionCounts): ConnectionCounts {
  return {
    connected: one.connected + other.connected,
    free: one.free + other.free,
    pending: one.pending + other.pending,
  };
}

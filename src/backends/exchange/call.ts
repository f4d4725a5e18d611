/** What is sent to Exchange for one request of a client, once or several times. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Outbound, RegistrationConfig } from '../../config/types.ts';
import type { GatewayError } from '../../errors.ts';
import { proxyFor } from '../../network/outbound.ts';
import type { AccessToken } from '../../tokens/entra-client.ts';
import type { TokenSet } from '../../tokens/token-set.ts';
import type { CallSink, DocumentRequest, EwsRequest } from '../backend.ts';
import type { CookieSigner } from './cookies.ts';
import { headersFor, passesAsDocument, passesAsSoap, relayed, type RelayContext } from './headers.ts';
import type { CallResult, RelayedHeaders } from './call-result.ts';
import { callUpstream, type CallOptions } from './upstream-call.ts';
import { connectionError, type UpstreamContext } from './upstream-errors.ts';

/** What all calls of a backend have in common. */
export interface CallEnvironment {
  readonly registration: RegistrationConfig;
  /** Of the EWS audience. */
  readonly tokens: TokenSet;
  readonly outbound: Outbound;
  readonly cookies: CookieSigner;
  /** The EWS endpoint. */
  readonly url: URL;
  /** The endpoint's: a URL makes a new string of it each time it is asked. */
  readonly origin: string;
  /** How long a call may wait for a connection, in milliseconds. */
  readonly longestWait: number;
}

/** What one call is for. */
export interface CallTarget {
  readonly method: 'GET' | 'POST';
  /** On the endpoint's host. */
  readonly path: string;
  /** The operation, for what has to be explained. */
  readonly operation: string;
  readonly dispatcher: Dispatcher;
}

/** An object for all calls of a request, rather than closures for each: it is on the way of every request. */
export class Call implements CallOptions, RelayContext {
  readonly client: ServerResponse;
  readonly dispatcher: Dispatcher;
  readonly request: Dispatcher.DispatchOptions;
  /** Those of the request. */
  readonly headers: Record<string, string>;
  readonly sink: CallSink;
  readonly longestWait: number;
  readonly url: URL;
  readonly cookies: CookieSigner;
  readonly caller: string;
  readonly secure: boolean;
  flushHead = false;
  holdFaults = false;
  watch: ((piece: Buffer) => void) | undefined;
  ending: AbortSignal | undefined;
  readonly #environment: CallEnvironment;
  readonly #mailbox: string;
  readonly #operation: string;
  readonly #passes: typeof passesAsSoap;

  constructor(
    environment: CallEnvironment,
    { caller, mailbox, secure, sink, headers }: EwsRequest | DocumentRequest,
    client: ServerResponse,
    { method, path, operation, dispatcher }: CallTarget,
  ) {
    const { registration, cookies, url, origin, longestWait } = environment;
    this.#environment = environment;
    this.#mailbox = mailbox;
    this.#operation = operation;
    this.#passes = method === 'GET' ? passesAsDocument : passesAsSoap;
    this.client = client;
    this.dispatcher = dispatcher;
    this.sink = sink;
    this.longestWait = longestWait;
    this.url = url;
    this.cookies = cookies;
    this.caller = caller;
    this.secure = secure;
    this.headers = headersFor(headers, { userAgent: registration.userAgent, mailbox, caller, cookies });
    // EWS changes state by POST: undici must never repeat one by itself.
    this.request = { origin, method, path, headers: this.headers, idempotent: method === 'GET', body: null };
  }

  send(token: AccessToken, body: Dispatcher.DispatchOptions['body'] = null): Promise<CallResult> {
    this.headers['authorization'] = authorizationOf(token);
    this.request.body = body;
    return callUpstream(this);
  }

  onHead(status: number, upstream: IncomingHttpHeaders): RelayedHeaders | undefined {
    return this.#passes(status, upstream) ? relayed(status, upstream, this) : undefined;
  }

  explain(error: Error, sent: boolean): GatewayError {
    return connectionError(error, sent, this.#operation, this.context());
  }

  /** For what has to be explained. */
  context(): UpstreamContext {
    const { registration, tokens, outbound, url } = this.#environment;
    return {
      registration: registration.name,
      clientId: registration.clientId,
      flow: registration.flow,
      mailbox: this.#mailbox,
      host: url.host,
      proxy: proxyFor(url, outbound)?.url,
      userAgent: this.headers['user-agent'],
      replacementIn: tokens.for(this.#mailbox).replacementIn,
    };
  }
}

const authorizations = new WeakMap<AccessToken, string>();

/** Made once for each token: a text that is joined for each request is copied for each, two kilobytes at a time. */
function authorizationOf(token: AccessToken): string {
  let made = authorizations.get(token);
  if (made === undefined) authorizations.set(token, (made = `Bearer ${token.value}`));
  return made;
}

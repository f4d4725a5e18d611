/**
 * Forwards to Exchange Web Services, streaming both ways: fetches the token, gives the envelope exactly one
 * ExchangeImpersonation (none with delegated sign-in), and sends once more what Exchange has put off.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-authenticate-an-ews-application-by-using-oauth
 */
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Outbound, RegistrationConfig, ThrottlingSettings } from '../../config/types.ts';
import { isHanging, onlyReads } from '../../ews/operations.ts';
import { connectionCounts, connectionsTo, proxyFor, type ConnectionCounts } from '../../network/outbound.ts';
import type { EnvelopeHeadCache } from '../../soap/envelope-head-cache.ts';
import type { ConnectingSid } from '../../soap/envelope-head.ts';
import { connectingSidType } from '../../soap/rewrite-head.ts';
import type { AccessToken } from '../../tokens/entra-client.ts';
import type { TokenSet, TokenState } from '../../tokens/token-set.ts';
import type { Backend, BackendStatus, Blocked, DocumentRequest, EwsRequest, Outcome } from '../backend.ts';
import type { GateSharing } from '../gate-sharing.ts';
import { MailboxGate, type GateEvents } from '../mailbox-gate.ts';
import type { Slot } from '../slot.ts';
import type { CallResult } from './call-result.ts';
import type { CookieSigner } from './cookies.ts';
import { headersFor, passesAsDocument, passesAsSoap, relayed, soapHeaders, type RelayContext } from './headers.ts';
import { DocumentCache } from './document-cache.ts';
import { faultOf, outcomeOf, tokenTooLate } from './outcome.ts';
import { decide, type RetryState } from './retry-policy.ts';
import { watchSubscriptionIds } from './subscription-ids.ts';
import { callUpstream, type CallOptions } from './upstream-call.ts';
import { connectionError, isBlock, statusError, type UpstreamContext } from './upstream-errors.ts';

export interface ExchangeBackendOptions {
  readonly registration: RegistrationConfig;
  /** Tokens of the EWS audience. */
  readonly tokens: TokenSet;
  readonly cookies: CookieSigner;
  readonly heads: EnvelopeHeadCache;
  readonly outbound: Outbound;
  readonly throttling: ThrottlingSettings;
  readonly gateEvents: GateEvents;
  /** Other gateways that call Exchange for the same mailboxes. */
  readonly gateSharing?: GateSharing | undefined;
  readonly connections: number;
  /** How long Exchange may take to begin an answer or pause within one, in milliseconds. */
  readonly responseTimeout: number;
}

/** Below what Exchange Online and firewalls close idle connections after. */
const IDLE_TIMEOUT = 55_000;

/** How long a connection may take to be made, which is no waiting for one that is free. */
const CONNECTING = 12_000;

type Headers = Record<string, string>;

/** What stays the same over all calls that are made for one request. */
interface Call {
  readonly options: Omit<CallOptions, 'request'>;
  readonly request: Omit<Dispatcher.DispatchOptions, 'body' | 'headers'>;
  readonly headers: Headers;
  /** For what has to be explained. */
  readonly context: () => UpstreamContext;
}

export class ExchangeBackend implements Backend {
  readonly name = 'ews';
  readonly #options: ExchangeBackendOptions;
  readonly #connections: Dispatcher;
  /** For streams of notifications, which stay open for half an hour: they must not take what requests need. */
  readonly #streams: Dispatcher;
  readonly #documents = new DocumentCache();
  readonly #gate: MailboxGate;
  readonly #url: URL;
  /** Requests under way, waiting ones too. */
  #requests = 0;
  #onIdle: () => void = () => undefined;

  constructor(options: ExchangeBackendOptions) {
    this.#options = options;
    this.#url = new URL(options.registration.ewsUrl);
    const settings = {
      connections: options.connections,
      keepAliveTimeout: IDLE_TIMEOUT,
      headersTimeout: options.responseTimeout,
    };
    this.#connections = connectionsTo(this.#url, options.outbound, {
      ...settings,
      bodyTimeout: options.responseTimeout,
    });
    this.#streams = connectionsTo(this.#url, options.outbound, { ...settings, bodyTimeout: 0 });
    this.#gate = new MailboxGate(options.throttling, options.gateEvents, { sharing: options.gateSharing });
  }

  serviceOf(): 'ews' {
    return this.name;
  }

  async answer(request: EwsRequest, client: ServerResponse): Promise<Outcome | Blocked> {
    const { mailbox, caller, operation, priority } = request;
    this.#requests++;
    let slot: Slot | undefined;
    try {
      const token = await this.#options.tokens.for(mailbox).get();
      // A connection that hangs for half an hour takes no slot.
      if (!isHanging(operation)) {
        const acquired = this.#gate.acquire({ mailbox, caller, client, priority });
        slot = acquired instanceof Promise ? await acquired : acquired;
      }
      return await this.#forward(request, client, token, slot);
    } finally {
      slot?.release();
      if (--this.#requests === 0) this.#onIdle();
    }
  }

  async document(request: DocumentRequest, client: ServerResponse): Promise<Outcome> {
    const { document, mailbox } = request;
    const cacheable = this.#documents.serves(document, request.headers);
    const cached = cacheable ? this.#documents.answer(document, client) : undefined;
    if (cached !== undefined) return cached;
    const tokens = this.#options.tokens.for(mailbox);
    let token = await tokens.get();
    const headers = this.#headers(request);
    const copy = cacheable ? this.#documents.copy(document) : undefined;
    // What is kept is for clients that read no gzip too.
    if (cacheable) delete headers['accept-encoding'];
    const call: Call = {
      headers,
      context: () => this.#context(mailbox, headers),
      options: {
        ...this.#callOptions(`GET ${document}`, request, headers, client, passesAsDocument),
        watch: copy?.push,
      },
      request: { origin: this.#url.origin, path: new URL(document, this.#url).pathname, method: 'GET' },
    };
    let result = await this.#send(call, token, null);
    if (result.kind === 'broken') result = await this.#send(call, token, null);
    if (result.kind === 'held' && result.status === 401 && tokens.reject(token)) {
      token = await tokens.get();
      result = await this.#send(call, token, null);
    }
    copy?.keep(result);
    return outcomeOf(result, undefined, call.context, client);
  }

  ready(): Promise<readonly TokenState[]> {
    return this.#options.tokens.ready();
  }

  status(): BackendStatus {
    const { name } = this;
    const { tokens } = this.#options;
    return {
      name,
      gate: this.#gate.status(),
      connections: sumOf(connectionCounts(this.#connections), connectionCounts(this.#streams)),
      tokens: tokens.status(),
    };
  }

  async close(): Promise<void> {
    // Those that wait for a slot have not sent anything yet, and may still need a token.
    if (this.#requests > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#gate.close();
    await Promise.all([this.#connections.close(), this.#streams.close()]);
    await this.#options.tokens.close();
  }

  async #forward(
    request: EwsRequest,
    client: ServerResponse,
    first: AccessToken,
    slot: Slot | undefined,
  ): Promise<Outcome | Blocked> {
    const { body, operation } = request;
    const call = this.#callFor(request, client);
    const tokens = this.#options.tokens.for(request.mailbox);
    const impersonate = this.#impersonation(request);
    const send = (token: AccessToken): Promise<CallResult> => {
      const { content, length } = body.send((received) =>
        this.#options.heads.rewrite(received, request.head, impersonate),
      );
      // What is here in one piece goes without streaming, with its own length.
      if (length !== undefined) call.headers['content-length'] = String(length);
      return this.#send(call, token, content);
    };
    let token = first;
    let tokenRenewed = false;
    let repeated = false;
    for (let retries = 0; ;) {
      const result = await send(token);
      const fault = faultOf(result);
      const state: RetryState = {
        readsOnly: onlyReads(operation),
        // What is too large to be kept is not sent again; see request-body.ts.
        replayable: body.replayable,
        tokenRenewed,
        repeated,
        retries,
        // Without a slot it does not wait.
        patience: slot?.patience ?? Number.NEGATIVE_INFINITY,
      };
      const decision = decide(result, fault, state);
      if ('cooldown' in decision && slot !== undefined) this.#gate.coolDown(request.mailbox, decision.cooldown);
      if (decision.next === 'repeat') repeated ||= result.kind === 'broken' && result.sent;
      else if (decision.next === 'retry' && slot !== undefined) {
        retries++;
        await slot.reacquire();
      } else if (decision.next === 'renew token' && tokens.reject(token)) {
        if (!body.replayable) throw tokenTooLate();
        tokenRenewed = true;
      } else if (result.kind !== 'broken' && isBlock(result) && body.replayable) {
        return { blockedBy: statusError(result.status, result.headers, call.context()) };
      } else return outcomeOf(result, fault, call.context, client);
      token = await tokens.get();
    }
  }

  #callFor(request: EwsRequest, client: ServerResponse): Call {
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

  #send(
    { options, request, headers }: Call,
    token: AccessToken,
    body: Dispatcher.DispatchOptions['body'],
  ): Promise<CallResult> {
    headers['authorization'] = `Bearer ${token.value}`;
    return callUpstream({ ...options, request: { ...request, headers, body: body ?? null } });
  }

  /** Headers of the upstream request but Authorization and Content-Length. */
  #headers({ headers, caller, mailbox }: EwsRequest | DocumentRequest): Headers {
    const { registration, cookies } = this.#options;
    return headersFor(headers, { userAgent: registration.userAgent, mailbox, caller, cookies });
  }

  /** Who the request acts as; nobody else where the token is the mailbox's own. */
  #impersonation({ head, mailbox }: EwsRequest): ConnectingSid | undefined {
    const { flow, connectingSid } = this.#options.registration;
    if (flow === 'delegated') return undefined;
    return {
      type: connectingSid === 'auto' ? connectingSidType(head.requestServerVersion) : connectingSid,
      value: mailbox,
    };
  }

  #context(mailbox: string, headers: Headers): UpstreamContext {
    const { registration, outbound } = this.#options;
    return {
      registration: registration.name,
      clientId: registration.clientId,
      flow: registration.flow,
      mailbox,
      host: this.#url.host,
      proxy: proxyFor(this.#url, outbound)?.url,
      userAgent: headers['user-agent'],
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

/**
 * The EWS endpoint of a registration: connections to it, and what calls to it look like.
 */
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Outbound, RegistrationConfig, ThrottlingSettings } from '../../config/types.ts';
import { isHanging } from '../../ews/operations.ts';
import { connectionCounts, connectionsTo, type ConnectionCounts } from '../../network/outbound.ts';
import type { TokenSet } from '../../tokens/token-set.ts';
import type { DocumentRequest, EwsRequest } from '../backend.ts';
import { Call, type CallEnvironment } from './call.ts';
import type { CookieSigner } from './cookies.ts';
import { soapHeaders } from './headers.ts';
import { watchSubscriptionIds } from './subscription-ids.ts';

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

/** Below what Exchange Online and firewalls close idle connections after. */
const IDLE_TIMEOUT = 55_000;

/** How long a connection may take to be made, which is no waiting for one that is free. */
const CONNECTING = 12_000;

export class EwsEndpoint {
  readonly #connections: Dispatcher;
  /** For streams of notifications, which stay open for half an hour: they must not take what requests need. */
  readonly #streams: Dispatcher;
  readonly #environment: CallEnvironment;
  readonly #path: string;

  constructor(options: EwsEndpointOptions) {
    const { registration, tokens, cookies, outbound, throttling, connections, responseTimeout } = options;
    const url = new URL(registration.ewsUrl);
    this.#path = url.pathname;
    this.#environment = {
      registration,
      tokens,
      outbound,
      cookies,
      url,
      origin: url.origin,
      longestWait: CONNECTING + throttling.longestWaitSeconds * 1000,
    };
    const settings = { connections, keepAliveTimeout: IDLE_TIMEOUT, headersTimeout: responseTimeout };
    this.#connections = connectionsTo(url, outbound, { ...settings, bodyTimeout: responseTimeout });
    this.#streams = connectionsTo(url, outbound, { ...settings, bodyTimeout: 0 });
  }

  get connections(): ConnectionCounts {
    return sumOf(connectionCounts(this.#connections), connectionCounts(this.#streams));
  }

  async close(): Promise<void> {
    await Promise.all([this.#connections.close(), this.#streams.close()]);
  }

  /** The call that posts a request. */
  post(request: EwsRequest, client: ServerResponse): Call {
    const { operation, head } = request;
    const hanging = isHanging(operation);
    const subscribes = operation === 'Subscribe';
    const call = new Call(this.#environment, request, client, {
      method: 'POST',
      path: this.#path,
      operation,
      dispatcher: hanging ? this.#streams : this.#connections,
    });
    Object.assign(call.headers, soapHeaders(request.headers, operation, head));
    // What is to be read on its way must not be compressed, and the Managed API cannot read a stream that is.
    if (subscribes || hanging) delete call.headers['accept-encoding'];
    if (subscribes) call.watch = watchSubscriptionIds((id) => request.onSubscription(id));
    if (hanging) {
      call.flushHead = true;
      call.ending = request.ending;
    }
    call.holdFaults = true;
    return call;
  }

  /** The call that fetches a document. @param uncompressed whether it is kept for clients that read no gzip too */
  get(request: DocumentRequest, client: ServerResponse, uncompressed: boolean): Call {
    const { document } = request;
    const call = new Call(this.#environment, request, client, {
      method: 'GET',
      path: new URL(document, this.#environment.url).pathname,
      operation: `GET ${document}`,
      dispatcher: this.#connections,
    });
    if (uncompressed) delete call.headers['accept-encoding'];
    return call;
  }
}

function sumOf(one: ConnectionCounts, other: ConnectionCounts): ConnectionCounts {
  return {
    connected: one.connected + other.connected,
    free: one.free + other.free,
    pending: one.pending + other.pending,
  };
}

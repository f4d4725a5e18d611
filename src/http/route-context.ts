/** What a route is given besides the request. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Backend } from '../backends/backend.ts';
import type { Authenticator } from '../callers/authenticator.ts';
import type { SubscribedCallers } from '../callers/subscribed-callers.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../config/types.ts';
import type { EnvelopeHeadCache } from '../soap/envelope-head-cache.ts';
import type { StateSealer } from '../state/state-sealer.ts';
import type { ConnectionTroubles } from './connection-troubles.ts';
import type { RunningRequests } from './running-requests.ts';
import { RequestRecord, type RequestSinks } from '../telemetry/request-record.ts';

/** Everything that comes from one configuration, as far as routes need it. */
export interface ServedConfiguration {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly subscriptions: SubscribedCallers;
  readonly sealer: StateSealer;
  readonly heads: EnvelopeHeadCache;
  /** The app registration a caller uses, and the backend that answers for it. */
  registrationOf(caller: CallerConfig): { readonly config: RegistrationConfig; readonly backend: Backend };
}

export interface RouteContext extends RequestSinks {
  /** The configuration in force when the request came; a reload does not change it under way. */
  readonly runtime: ServedConfiguration;
  readonly running: RunningRequests;
  readonly troubles: ConnectionTroubles;
  readonly requestId: string;
  /** What goes with a challenge besides its own headers. */
  readonly challengeHeaders?: Readonly<Record<string, string>>;
  /** Skips authentication: a test that the administrator runs. */
  readonly as: CallerConfig | undefined;
}

export function recordOf(request: IncomingMessage, { requestId }: RouteContext): RequestRecord {
  const record = new RequestRecord(requestId, request.socket.remoteAddress ?? '', request.method ?? '');
  record.userAgent = request.headers['user-agent']?.slice(0, 200);
  return record;
}

/** Whether the client's connection is TLS. */
export function isSecure(request: IncomingMessage): boolean {
  return (request.socket as TLSSocket).encrypted === true;
}

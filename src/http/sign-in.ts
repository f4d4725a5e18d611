/** What every route of the client side begins with: who is calling. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Authentication } from '../callers/authenticator.ts';
import type { CallerConfig } from '../config/types.ts';
import type { EnvelopeHeadCache } from '../soap/envelope-head-cache.ts';
import { challenge } from './challenge.ts';
import { RequestRecord, type RequestSinks } from '../telemetry/request-record.ts';
import type { Runtime } from '../gateway/runtime.ts';

export interface RouteContext extends RequestSinks {
  /** The configuration in force when the request came; a reload does not change it under way. */
  readonly runtime: Runtime;
  readonly heads: EnvelopeHeadCache;
  readonly requestId: string;
  /** What goes with a challenge besides its own headers. */
  readonly challengeHeaders?: Readonly<Record<string, string>>;
  /** Signs in without credentials: a test that the administrator runs. */
  readonly as: CallerConfig | undefined;
}

export function recordOf(request: IncomingMessage, { requestId }: RouteContext): RequestRecord {
  const record = new RequestRecord(requestId, request.socket.remoteAddress ?? '', request.method ?? '');
  record.userAgent = request.headers['user-agent']?.slice(0, 200);
  return record;
}

/** The caller, or undefined after a challenge; at once for a credential verified before. */
export function signIn(
  request: IncomingMessage,
  response: ServerResponse,
  record: RequestRecord,
  context: RouteContext,
): CallerConfig | undefined | Promise<CallerConfig | undefined> {
  if (context.as !== undefined) return admit({ caller: context.as }, request, response, record, context);
  const result = context.runtime.authenticator.authenticate(request.headers.authorization, request.socket);
  if (result instanceof Promise) return result.then((awaited) => admit(awaited, request, response, record, context));
  return admit(result, request, response, record, context);
}

function admit(
  result: Authentication,
  request: IncomingMessage,
  response: ServerResponse,
  record: RequestRecord,
  context: RouteContext,
): CallerConfig | undefined {
  const { runtime, log, metrics } = context;
  if ('caller' in result) {
    record.caller = result.caller.username;
    return result.caller;
  }
  metrics.refusal(result.refusal);
  if (request.headers.authorization !== undefined) {
    record.refused(result.username, result.refusal, context);
    log.warn(
      {
        requestId: record.id,
        source: request.socket.remoteAddress,
        refusal: result.refusal,
        username: result.username?.slice(0, 200),
        lockedUntil: result.refusal === 'locked' ? result.locks?.[0]?.until : undefined,
      },
      'sign-in refused',
    );
    if (result.refusal !== 'locked')
      for (const { kind, subject, until } of result.locks ?? [])
        log.warn({ locked: kind, subject, until }, 'too many failed sign-ins: locked. ews-gateway unlock ends it');
  }
  challenge(request, response, runtime.config.limits.headerSeconds * 1000, context.challengeHeaders);
  return undefined;
}

/** Whether the client's connection is TLS. */
export function isSecure(request: IncomingMessage): boolean {
  return (request.socket as TLSSocket).encrypted === true;
}

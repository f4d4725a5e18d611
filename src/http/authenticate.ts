/** Step 1 of every route: who is calling. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authentication } from '../callers/authentication.ts';
import type { CallerConfig } from '../config/types.ts';
import { challenge } from './challenge.ts';
import { troubleOfScheme } from './connection-troubles.ts';
import { MAYBE_QUESTION_MARKS, type RequestRecord } from '../telemetry/request-record.ts';
import type { RouteContext } from './route-context.ts';

/** The caller, or undefined after a challenge; at once for a credential verified before. */
export function authenticate(
  request: IncomingMessage,
  response: ServerResponse,
  record: RequestRecord,
  context: RouteContext,
): CallerConfig | undefined | Promise<CallerConfig | undefined> {
  if (context.as !== undefined) return settle({ caller: context.as }, request, response, record, context);
  const result = context.runtime.authenticator.authenticate(request.headers.authorization, request.socket);
  if (result instanceof Promise) return result.then((awaited) => settle(awaited, request, response, record, context));
  return settle(result, request, response, record, context);
}

function settle(
  result: Authentication,
  request: IncomingMessage,
  response: ServerResponse,
  record: RequestRecord,
  context: RouteContext,
): CallerConfig | undefined {
  const { runtime, log, metrics, refusals } = context;
  if ('caller' in result) {
    record.caller = result.caller.username;
    return result.caller;
  }
  metrics.refusal(result.refusal);
  const { authorization } = request.headers;
  const trouble = authorization === undefined ? undefined : troubleOfScheme(authorization);
  if (trouble !== undefined)
    context.troubles.note(
      trouble,
      request.socket.remoteAddress ?? '',
      request.headers.host?.slice(0, 200),
      record.userAgent,
    );
  if (authorization === undefined)
    log.debug(
      { requestId: record.id, source: request.socket.remoteAddress, userAgent: record.userAgent },
      'no credentials yet: asked for them',
    );
  if (request.headers.authorization !== undefined) {
    const entry = record.refused(result.username, result.refusal, context, result.maybeQuestionMarks);
    refusals.enter({
      ...entry,
      hint: result.maybeQuestionMarks === true ? MAYBE_QUESTION_MARKS : undefined,
      lockedUntil: result.refusal === 'locked' ? result.locks?.[0]?.until : undefined,
    });
    if (result.refusal !== 'locked')
      for (const { kind, key, until } of result.locks ?? [])
        log.warn({ locked: key, kind, until }, 'too many failed sign-ins: locked. ews-gateway unlock ends it');
  }
  challenge(request, response, runtime.config.limits.headerSeconds * 1000, context.challengeHeaders);
  return undefined;
}

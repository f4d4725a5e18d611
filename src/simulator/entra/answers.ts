/**
 * How Entra writes its answers and refusals.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';

export function unknownTenant(response: ServerResponse, tenant: string, error: string): void {
  failure(
    response,
    400,
    error,
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into ` +
      `the correct cloud. Check with your subscription administrator, this may happen if there are no active ` +
      `subscriptions for the tenant.`,
  );
}

/** An error as Entra writes it; also for scripting faults. */
export function entraError(error: string, number: number, text: string): string {
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const ids = `Trace ID: ${trace} Correlation ID: ${correlation}`;
  return JSON.stringify({
    error,
    error_description: `AADSTS${number}: ${text} ${ids} Timestamp: ${timestamp}`,
    error_codes: [number],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${number}`,
  });
}

export function failure(response: ServerResponse, status: number, error: string, number: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(entraError(error, number, text));
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

/** [threads python-o365#323; for personal accounts outlookEmailPlus#107] */
export function noConsent(response: ServerResponse, clientId: string, isPersonal: boolean): void {
  if (isPersonal)
    return failure(
      response,
      400,
      'invalid_grant',
      70000,
      'The request was denied because one or more scopes requested are unauthorized or expired. The user must first ' +
        'sign in and grant the client application access to the requested scope.',
    );
  failure(
    response,
    400,
    'invalid_grant',
    65001,
    `The user or administrator has not consented to use the application with ID '${clientId}' named 'simulated'. ` +
      'Send an interactive authorization request for this user and resource.',
  );
}

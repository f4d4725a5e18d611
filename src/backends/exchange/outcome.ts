/** How the calls that were made for a request become what the request came to. */
import type { ServerResponse } from 'node:http';
import { GatewayError } from '../../errors.ts';
import type { Outcome } from '../backend.ts';
import { readExchangeFault, type ExchangeFault } from './exchange-fault.ts';
import type { CallResult } from './call-result.ts';
import { statusError, tokenRejected, type UpstreamContext } from './upstream-errors.ts';

/** What Exchange said in an answer that is held. */
export function faultOf(result: CallResult): ExchangeFault | undefined {
  if (result.kind !== 'held' || result.fault === undefined) return undefined;
  return readExchangeFault(result.fault.body, result.headers);
}

/** The error where a new token is needed for a body that cannot be sent again. */
export function tokenTooLate(): GatewayError {
  return new GatewayError(
    'TOKEN_REJECTED_UPSTREAM',
    'Exchange wants a new token, and the request is too large to be sent again by the gateway. Try again.',
    { backOffMilliseconds: 1_000 },
  );
}

/**
 * Ends the request: what is held goes to the client if it is a fault, else it is explained.
 *
 * @param call asked only where something has to be explained
 * @throws GatewayError
 */
export function outcomeOf(
  result: CallResult,
  fault: ExchangeFault | undefined,
  call: { context(): UpstreamContext },
  client: ServerResponse,
): Outcome {
  if (result.kind === 'broken') throw result.error;
  const { status, headers } = result;
  if (result.kind === 'relayed')
    return {
      status,
      bytes: result.bytes,
      fault: undefined,
      ...(result.endedEarly ? { endedBy: 'gateway' as const } : {}),
    };
  if (result.fault === undefined)
    throw status === 401 ? tokenRejected(headers, call.context()) : statusError(status, headers, call.context());
  const { body } = result.fault;
  client.writeHead(status, result.fault.headers);
  client.end(body);
  return { status, bytes: body.length, fault };
}

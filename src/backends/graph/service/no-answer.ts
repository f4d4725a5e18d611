/** Calls that got no answer of Graph's. */
import { connectFailure, isBeforeSending } from '../../../network/outbound.ts';
import { GraphError, LOCAL_CODES, type GraphFailure } from './graph-error.ts';

/** What an error of the connection means for the call. @param error from undici */
export function noAnswer(error: unknown): GraphFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const failure = (local: string, message: string): GraphFailure => ({
    status: 0,
    code: local,
    message,
    requestId: undefined,
    retryAfter: undefined,
  });
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return failure(LOCAL_CODES.timeout, 'Microsoft Graph did not answer in time.');
  if (error instanceof Error && isBeforeSending(error))
    return failure(LOCAL_CODES.unreachable, `Microsoft Graph cannot be reached (${connectFailure(error)}).`);
  return failure(LOCAL_CODES.cut, `The connection to Microsoft Graph broke (${code}).`);
}

/** An answer of something between the gateway and Graph. */
export function foreignAnswer(status: number): GraphError {
  return new GraphError({
    status,
    code: LOCAL_CODES.truncated,
    message: 'The answer is none of Microsoft Graph: something in between has answered.',
    requestId: undefined,
    retryAfter: undefined,
  });
}

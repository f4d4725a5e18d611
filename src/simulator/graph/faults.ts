/** Faults of Microsoft Graph for its FaultScript, as public threads quote them. */
import type { ScriptedFault } from '../fault-script.ts';
import type { Call, GraphAnswer } from './call.ts';
import { errorBody } from './errors.ts';
import { link } from './paging.ts';

/** A fault may also change the usual answer. It is named by method and path template: `GET /users/{user}`. */
export interface GraphFault extends ScriptedFault {
  readonly alter?: (answer: GraphAnswer, call: Call) => GraphAnswer;
  /** Holds the second half of the answer back until this is settled. */
  readonly hold?: Promise<unknown>;
  /** Not from Graph: it has none of its headers. */
  readonly isForeign?: boolean;
}

function error(status: number, code: string, message: string, bare = false): GraphFault {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(errorBody(code, message, bare)),
  };
}

/** A page of something between the gateway and Graph, which takes itself for the answer. */
export const proxyPage = (): GraphFault => ({
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>Sign in to the network</body></html>',
  isForeign: true,
});

/** @param seconds of Retry-After; undefined: the header is absent, which is seen too */
export function throttled(seconds?: number): GraphFault {
  const fault = error(429, 'ApplicationThrottled', 'Application is over its MailboxConcurrency limit.', true);
  return seconds === undefined ? fault : { ...fault, headers: { ...fault.headers, 'retry-after': String(seconds) } };
}

/** [thread graph-explorer-v4#3143] */
export const mailboxInfoStale = (): GraphFault =>
  error(
    503,
    'MailboxInfoStale',
    "Target resource 'mailbox' hosted on database 'database' is currently on backend 'Unknown'",
    true,
  );

/** [thread msgraph-sdk-javascript#854] */
export const serviceUnavailable = (): GraphFault => error(503, 'serviceNotAvailable', 'The service is not available.');

/** After about 30 s, for large pages [threads davmail#450, #452]. */
export const gatewayTimeout = (): GraphFault => error(504, 'UnknownError', '');

/**
 * The same, of a request that was carried out meanwhile.
 *
 * @see https://learn.microsoft.com/graph/errors: what a gateway did not hear of in time may go on behind it
 */
export const lateTimeout = (): GraphFault => ({ alter: () => ({ status: 504, json: errorBody('UnknownError', '') }) });

/** Without If-Match, too [thread davmail#491]. */
export const conflict = (): GraphFault =>
  error(
    412,
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the request does not match ' +
      'the current change key for the item.',
  );

/** [threads davmail#501, #509] */
export const restrictionTooComplex = (): GraphFault =>
  error(400, 'ErrorRestrictionTooComplex', 'Cannot query rows in a table.');

/** HTTP 200 with JSON that ends in the middle [threads microsoft-graph-docs#20907, davmail#448]. */
export const truncated = (): GraphFault => ({
  alter: ({ status, json }) => {
    const text = JSON.stringify(json ?? {});
    const list = text.indexOf('"value":[');
    const end = list === -1 ? text.length >> 1 : list + '"value":['.length;
    return { status, headers: { 'content-type': 'application/json' }, bytes: Buffer.from(text.slice(0, end)) };
  },
});

/** HTTP 200 with an error in place of a row [thread microsoft-graph-docs#20907]. */
export const errorInValue = (): GraphFault => ({
  alter: (answer) => {
    const { value = [] } = (answer.json ?? {}) as { readonly value?: readonly object[] };
    const failure = errorBody('ErrorInternalServerError', 'An internal server error occurred. The operation failed.');
    return { ...answer, json: { ...answer.json, value: [...value.slice(0, -1), failure] } };
  },
});

/** A page of fewer rows than asked for, or of none, that goes on all the same [thread microsoft-graph-docs#5029]. */
export const shortPage = (rows: number): GraphFault => ({
  alter: (answer, call) => {
    const { value = [] } = (answer.json ?? {}) as { readonly value?: readonly object[] };
    const skip = Number(call.request.query.get('$skip') ?? 0) + rows;
    const json = {
      ...answer.json,
      'value': value.slice(0, rows),
      '@odata.nextLink': link(call, { $skip: String(skip) }),
    };
    return { ...answer, json };
  },
});

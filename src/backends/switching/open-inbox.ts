/** Whether a backend opens a mailbox: GetFolder of its Inbox, as a client would ask for it. */
import type { GatewayError } from '../../errors.ts';
import { readAnswer } from '../../ews/read-answer.ts';
import { OPEN_INBOX } from '../../ews/requests.ts';
import type { Backend, CallSink, EwsRequest } from '../backend.ts';
import type { Priority } from '../mailbox-queue.ts';
import { askBackend } from '../own-request.ts';

export type InboxReply =
  | { readonly kind: 'opens' }
  /** The service was asked and says no: for good, as far as one can see. */
  | { readonly kind: 'refuses'; readonly text: string; readonly error: GatewayError | undefined }
  /** Throttled or out of reach: it says nothing about the mailbox. */
  | { readonly kind: 'busy'; readonly text: string; readonly error: GatewayError | undefined };

/** How long the question may take, in milliseconds. */
const PATIENCE = 30_000;

/** Errors that are about the moment, not about the mailbox. */
const PASSING: ReadonlySet<string> = new Set([
  'TOKEN_UNAVAILABLE',
  // Another one is obtained after seconds.
  'TOKEN_REJECTED_UPSTREAM',
  'UPSTREAM_UNREACHABLE',
  'UPSTREAM_BUSY',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_CUT',
  'SPOOL_FULL',
  'INTERNAL',
  'CLIENT_GONE',
]);
const PASSING_CODES: ReadonlySet<string> = new Set([
  'ErrorServerBusy',
  'ErrorTimeoutExpired',
  'ErrorMailboxStoreUnavailable',
  'ErrorMailboxMoveInProgress',
  'ErrorInternalServerTransientError',
  // What says nothing of the mailbox, as a page of a proxy.
  'ErrorInternalServerError',
  'ErrorConnectionFailed',
]);

/**
 * @param like a request of a client, whose mailbox is asked for
 * @param sink notified of the calls
 * @param more `ending` is aborted once nobody needs the answer any more; the priority is a client's by default
 */
export async function openInbox(
  backend: Backend,
  like: EwsRequest,
  sink: CallSink,
  { ending, priority }: { readonly ending?: AbortSignal; readonly priority?: Priority } = {},
): Promise<InboxReply> {
  const timeout = AbortSignal.timeout(PATIENCE);
  const answer = await askBackend(backend, like, {
    operation: 'GetFolder',
    envelope: OPEN_INBOX,
    signal: ending === undefined ? timeout : AbortSignal.any([timeout, ending]),
    sink,
    patience: PATIENCE,
    priority,
  });
  if (answer.kind === 'error') {
    const { error } = answer;
    return { kind: isPassing(error) ? 'busy' : 'refuses', text: error.message, error };
  }
  const reply = readAnswer(answer.content);
  if (reply?.responseCode === 'NoError') return { kind: 'opens' };
  const text =
    reply === undefined ? `no answer of EWS (HTTP ${answer.status})` : `${reply.responseCode}: ${reply.text}`;
  return { kind: PASSING_CODES.has(reply?.responseCode ?? '') ? 'busy' : 'refuses', text, error: undefined };
}

/** Of what Graph itself said, its code decides. */
function isPassing({ code, responseCode }: GatewayError): boolean {
  return PASSING.has(code) || (code === 'GRAPH_REFUSED' && PASSING_CODES.has(responseCode));
}

/** Requests that the gateway itself puts to a backend, in the place of a client; their answers are kept in memory. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { inject } from 'light-my-request';
import { GatewayError } from '../errors.ts';
import { readEnvelopeHead } from '../soap/envelope-head.ts';
import type { Backend, CallSink, EwsRequest } from './backend.ts';
import type { Priority } from './mailbox-queue.ts';
import { RequestBody } from './request-body.ts';

export interface OwnRequest {
  /** The operation of the envelope. */
  readonly operation: string;
  /** The whole envelope, as a client would send it. */
  readonly envelope: string | Buffer;
  readonly signal: AbortSignal;
  readonly sink: CallSink;
  /** Whose turn it is for a slot; default: as a client's. */
  readonly priority?: Priority | undefined;
  /** How long it may take until the first byte of its answer, in milliseconds. */
  readonly patience: number;
}

/** What the backend answered, or why it did not. */
export type OwnAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly content: Buffer }
  | { readonly kind: 'error'; readonly error: GatewayError };

/** Of calls that belong to no request of a client. */
export const NO_SINK: CallSink = {
  upstreamCall: () => undefined,
  upstreamRequestId: () => undefined,
  items: () => undefined,
};

/**
 * Puts a request to a backend, with the caller, mailbox and User-Agent of a client's request. Never rejects.
 *
 * @param like the client's request; it may have ended
 */
export function askBackend(backend: Backend, like: EwsRequest, own: OwnRequest): Promise<OwnAnswer> {
  const { promise, resolve } = Promise.withResolvers<OwnAnswer>();
  const failed = (error: unknown): void => resolve({ kind: 'error', error: GatewayError.from(error) });
  const agent = like.headers['user-agent'];
  inject(
    (request, response) => {
      // As a client that goes away: the backend gives up what it does.
      const abandon = (): void => {
        failed(new GatewayError('CLIENT_GONE', 'The gateway no longer waits for an answer to its own request.'));
        response.destroy();
      };
      if (own.signal.aborted) return abandon();
      own.signal.addEventListener('abort', abandon, { once: true });
      answer(backend, like, own, request as unknown as IncomingMessage, response as unknown as ServerResponse).catch(
        (error: unknown) => {
          failed(error);
          response.destroy();
        },
      );
    },
    {
      method: 'POST',
      url: '/',
      // What a policy of the tenant goes by is the client's own.
      headers: {
        'content-type': 'text/xml; charset=utf-8',
        ...(agent === undefined ? {} : { 'user-agent': agent }),
      },
      payload: own.envelope,
    },
  ).then(({ statusCode, rawPayload }) => resolve({ kind: 'answer', status: statusCode, content: rawPayload }), failed);
  return promise;
}

/** @throws GatewayError also where the backend is blocked */
async function answer(
  backend: Backend,
  like: EwsRequest,
  { operation, signal, sink, patience, priority }: OwnRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = new RequestBody(request);
  await body.readToEnd();
  const head = readEnvelopeHead(body.beginning(), true);
  if (head === undefined) throw new Error('the envelope has no operation');
  const outcome = await backend.answer(
    {
      id: like.id,
      operation,
      head,
      caller: like.caller,
      mailbox: like.mailbox,
      registration: like.registration,
      headers: request.headers,
      body,
      secure: like.secure,
      signal,
      firstByteDeadline: performance.now() + patience,
      mailboxes: like.mailboxes,
      get sealer() {
        return like.sealer;
      },
      onSubscription: () => undefined,
      sink,
      priority,
    },
    response,
  );
  if ('blockedBy' in outcome) throw outcome.blockedBy;
}

/**
 * Calls to Microsoft Graph: one slot of the mailbox for each, the token of the Graph audience, retries within the
 * client's patience, and answers that are whole.
 *
 * @see https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits
 */
import type { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import { GatewayError } from '../../../errors.ts';
import type { Marks } from '../../../fleet/shared-marks.ts';
import { parseRetryAfter } from '../../../network/retry-after.ts';
import type { TokenSet } from '../../../tokens/token-set.ts';
import type { Clock } from '../../clock.ts';
import type { MailboxGate } from '../../mailbox-gate.ts';
import type { Slot } from '../../slot.ts';
import type { CallContext, GraphAnswer, GraphCall } from './graph-call.ts';
import { GraphError, LOCAL_CODES, readFailure, type GraphFailure } from './graph-error.ts';
import { readJson } from './json-answer.ts';
import { foreignAnswer, noAnswer } from './no-answer.ts';
import { concernsMailbox, concernsUploads, decide, type GraphRetryState, type Repeatable } from './retry-policy.ts';
import { UploadBudget } from './upload-budget.ts';
import type { UploadConnections } from './upload-connections.ts';

interface Failed {
  readonly failure: GraphFailure;
  readonly cause?: unknown;
}

/** A try that failed at a moment, by `performance.now()`. */
export interface FailedTry extends Failed {
  readonly at: number;
}

export interface GraphClientOptions {
  /** For example https://graph.microsoft.com */
  readonly origin: string;
  readonly dispatcher: Dispatcher;
  readonly tokens: TokenSet;
  readonly gate: MailboxGate;
  readonly clock: Clock;
  readonly uploads: UploadConnections;
  /** What other gateways upload for the same mailboxes. */
  readonly uploadMarks?: Marks | undefined;
  /** How long Graph may take to begin an answer or pause within one, in milliseconds. */
  readonly responseTimeout: number;
}

/** A call that the client hardly waits for is made all the same, in milliseconds. */
const SHORTEST_TIMEOUT = 1_000;
const MAX_JSON_BYTES = 64 * 1024 * 1024;

export class GraphClient {
  readonly #options: GraphClientOptions;
  /** Whether an answer with a request-id was seen: then each has one. */
  #namesAnswers = false;
  readonly #budget: UploadBudget;

  constructor(options: GraphClientOptions) {
    this.#options = options;
    this.#budget = new UploadBudget({ marks: options.uploadMarks });
  }

  /** Other gateways need not tell it any more what they upload. */
  close(): void {
    this.#budget.stop();
  }

  /**
   * Calls and reads a JSON answer, {} where there is none.
   *
   * @param first a try that was made otherwise, as the step of a batch: this goes on as if it had been the first
   * @throws GraphError or GatewayError
   */
  json<T>(call: GraphCall, context: CallContext, first?: FailedTry): Promise<GraphAnswer<T>> {
    return this.#withRetries(
      call,
      context,
      async ({ statusCode, headers, body }) => ({
        status: statusCode,
        headers,
        value: (await readJson(body, statusCode, context.onlyTry?.mostBytes ?? MAX_JSON_BYTES)) as T,
      }),
      { first },
    );
  }

  /** Holds back other calls that Graph would put off as it did this one. */
  heed(failure: GraphFailure, context: CallContext): void {
    const { retryAfter } = failure;
    if (retryAfter === undefined) return;
    if (concernsUploads(failure)) this.#budget.close(context.slotKey(), retryAfter);
    if (concernsMailbox(failure)) this.#options.gate.coolDown(context.slotKey(), retryAfter);
  }

  /**
   * Calls and gives the answer's bytes as they come. The slot is kept until the stream has ended or was destroyed.
   * Bytes of any kind may be what was asked for: what tells Graph's from a page of a proxy is their request-id, or,
   * where something on the way takes that from every answer, that they are no page.
   *
   * @throws GraphError or GatewayError where there was no answer
   */
  stream(call: GraphCall, context: CallContext): Promise<GraphAnswer<Readable>> {
    return this.#withRetries(
      call,
      context,
      async ({ statusCode, headers, body }) => {
        // Destroyed before its end it emits an error, also where nobody reads it any more. Who reads it hears of it.
        body.on('error', () => undefined);
        const isNamed = headers['request-id'] !== undefined;
        if (!isNamed && (this.#namesAnswers || /^text\/html\b/i.test(String(headers['content-type'])))) {
          body.destroy();
          throw foreignAnswer(statusCode);
        }
        return { status: statusCode, headers, value: body };
      },
      { keepsSlot: true },
    );
  }

  async #withRetries<T>(
    call: GraphCall,
    context: CallContext,
    read: (response: Dispatcher.ResponseData) => Promise<T>,
    { keepsSlot = false, first }: { readonly keepsSlot?: boolean; readonly first?: FailedTry | undefined },
  ): Promise<T> {
    const { gate, tokens, clock } = this.#options;
    const source = tokens.for(context.mailbox);
    const repeatable = call.repeatable ?? repeatableOf(call);
    const { overwrites = true } = call;
    const isUpload = call.path instanceof URL;
    let [throttled, failed, tokenRenewable] = [0, 0, !isUpload];
    // Of this call: behind the beginning of an answer the client's wait begins again with each piece.
    const { deadline } = context;
    const body = bodyOf(call);
    if (body !== undefined && !isUpload)
      await this.#budget.admit(context.slotKey(), body.length, deadline - performance.now(), context.signal);
    const slot = await gate.acquire({
      mailbox: context.slotKey(),
      caller: context.caller,
      client: context.client,
      priority: context.priority,
      patience: context.onlyTry?.slotPatience ?? deadline - performance.now(),
      weight: call.weight,
    });
    let kept = false;
    let known = first;
    try {
      for (;;) {
        const token = await source.get();
        // A gateway that has stood still may wake up here.
        if (slot.hasLapsed) await slot.reacquire();
        const patience = deadline - performance.now();
        const outcome = known ?? (await this.#try(call, body, context, token.value, patience, read));
        const failedAt = known?.at ?? performance.now();
        known = undefined;
        if ('value' in outcome) {
          kept = keepsSlot && releaseAtEnd(slot, outcome.value);
          return outcome.value;
        }
        const state: GraphRetryState = {
          repeatable,
          overwrites,
          throttled,
          failed,
          tokenRenewable,
          patience: deadline - performance.now(),
          jitter: Math.random(),
        };
        const { failure } = outcome;
        if (outcome !== first) this.heed(failure, context);
        if (context.onlyTry !== undefined) throw new GraphError(failure, outcome.cause);
        const decision = decide(failure, state);
        if (decision.next === 'renew token' && source.reject(token)) tokenRenewable = false;
        else if (decision.next === 'retry') {
          if (decision.throttled) throttled++;
          else failed++;
          // The slot is kept during the pause: giving it away would only let the next call be throttled.
          await clock.backOff(Math.max(0, decision.pause - (performance.now() - failedAt)), context.signal);
          if (context.signal.aborted) throw clientGone();
        } else if (failure.status === 401 && !isUpload)
          throw new GraphError({ ...failure, retryAfter: source.replacementIn }, outcome.cause);
        else throw new GraphError(failure, outcome.cause);
      }
    } finally {
      if (!kept) slot.release();
    }
  }

  async #try<T>(
    { method, path, headers, body: given }: GraphCall,
    body: Buffer | undefined,
    context: CallContext,
    token: string,
    patience: number,
    read: (response: Dispatcher.ResponseData) => Promise<T>,
  ): Promise<{ readonly value: T } | Failed> {
    const { origin, dispatcher, uploads, responseTimeout } = this.#options;
    const { signal, sink, requestId } = context;
    const raw = Buffer.isBuffer(given);
    const isUpload = path instanceof URL;
    // Nobody is there any more for an answer that begins later.
    const headersTimeout = Math.max(SHORTEST_TIMEOUT, Math.min(responseTimeout, patience));
    let response: Dispatcher.ResponseData;
    try {
      response = await request(isUpload ? path : `${origin}/v1.0${path}`, {
        dispatcher: isUpload ? uploads.to(path) : dispatcher,
        method,
        signal,
        headersTimeout,
        bodyTimeout: responseTimeout,
        headers: {
          'accept': 'application/json',
          'client-request-id': requestId,
          ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
          // A POST without a body is refused with 411 otherwise.
          ...(body === undefined && method === 'POST' ? { 'content-length': '0' } : {}),
          ...headers,
          ...(isUpload ? {} : { authorization: `Bearer ${token}` }),
        },
        body: body ?? null,
      });
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      sink.upstreamCall(undefined);
      if (signal.aborted) throw clientGone();
      return { failure: noAnswer(error), cause: error };
    }
    sink.upstreamCall(response.statusCode);
    const graphId = single(response.headers['request-id']);
    if (graphId !== undefined) {
      this.#namesAnswers = true;
      sink.upstreamRequestId(graphId);
    }
    try {
      if (response.statusCode < 400) return { value: await read(response) };
      const retryAfter = parseRetryAfter(response.headers['retry-after']);
      const told = { requestId: graphId, retryAfter, signedIn: context.signedIn };
      const value = await readJson(response.body, response.statusCode, MAX_JSON_BYTES).catch(() => undefined);
      return { failure: readFailure(response.statusCode, value, told) };
    } catch (error) {
      if (signal.aborted) throw clientGone();
      if (error instanceof GraphError) return { failure: { ...error, message: error.message, requestId: graphId } };
      return { failure: { ...noAnswer(error), code: LOCAL_CODES.cut, requestId: graphId }, cause: error };
    }
  }
}

/** What a second try of a call would do that does not say so itself. */
export function repeatableOf({ method }: Pick<GraphCall, 'method'>): Repeatable {
  return method === 'POST' ? 'unless carried out' : 'always';
}

function bodyOf({ body }: GraphCall): Buffer | undefined {
  return body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}

/** Keeps the slot for as long as bytes come. @returns whether it will be released by the stream */
function releaseAtEnd(slot: Slot, answer: unknown): boolean {
  const { value } = answer as { readonly value: Readable };
  value.once('close', () => slot.release());
  return true;
}

function clientGone(): GatewayError {
  return new GatewayError('CLIENT_GONE', 'The client closed the connection before the answer was complete.');
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

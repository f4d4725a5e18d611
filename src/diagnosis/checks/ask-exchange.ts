/** One request to Exchange, as the gateway would send it, and what its answer means for a check. */
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { request } from 'undici';
import { readExchangeFault } from '../../backends/exchange/exchange-fault.ts';
import { statusError, tokenRejected, type UpstreamContext } from '../../backends/exchange/upstream-errors.ts';
import type { Config, RegistrationConfig } from '../../config/types.ts';
import { errorText, type GatewayError } from '../../errors.ts';
import { MAX_ANSWER_BYTES, readAnswer, type EwsAnswer } from '../../ews/read-answer.ts';
import { readBounded } from '../../network/bounded-body.ts';
import { connectionsTo } from '../../network/outbound.ts';
import { readEnvelopeHead } from '../../soap/envelope-head.ts';
import { connectingSidType, rewriteHead } from '../../soap/rewrite-head.ts';
import { VERSION } from '../../version.ts';
import { bad, warn, type CheckLine } from '../check-line.ts';
import { explain, type AffectedCaller } from '../explanations.ts';

const TIMEOUT = 30_000;
/** A longer back-off of Exchange is not waited for, in milliseconds. */
const LONGEST_WAIT = 5_000;
/** Says nothing lasting about the mailbox. */
const PASSING: ReadonlySet<string> = new Set(['ErrorServerBusy', 'ErrorMailboxStoreUnavailable', 'UPSTREAM_BUSY']);

export interface ExchangeQuestion {
  /** SOAP, as a client would send it. */
  readonly body: string;
  /** Whom the request is about, for explanations. */
  readonly username: string;
  readonly mailbox: string;
  /** Whether to act as the mailbox by ExchangeImpersonation. */
  readonly impersonate: boolean;
}

/** What Exchange said: an answer of EWS, or why there is none. */
export type ExchangeReply =
  | { readonly kind: 'answer'; readonly answer: EwsAnswer }
  | { readonly kind: 'failure'; readonly error: GatewayError }
  | { readonly kind: 'unreachable'; readonly reason: string };

/**
 * Sends a request, and once more after a back-off of at most 5 seconds.
 *
 * @param token for Exchange
 */
export async function askExchange(
  registration: RegistrationConfig,
  config: Config,
  token: string,
  question: ExchangeQuestion,
): Promise<ExchangeReply> {
  const first = await askOnce(registration, config, token, question);
  const backOff = backOffOf(first);
  if (backOff === undefined || backOff > LONGEST_WAIT) return first;
  await setTimeout(backOff);
  return askOnce(registration, config, token, question);
}

/** The line for a reply that is no success: a warning where it will pass. */
export function refusalLine(
  registration: RegistrationConfig,
  reply: ExchangeReply,
  { username, mailbox }: Pick<AffectedCaller, 'username' | 'mailbox'>,
): CheckLine {
  const { name, clientId, ewsUrl } = registration;
  if (reply.kind === 'unreachable')
    return bad(name, `${new URL(ewsUrl).host} does not answer a request for EWS (${reply.reason}).`);
  const [code, text] =
    reply.kind === 'failure'
      ? [reply.error.code, reply.error.message]
      : [reply.answer.responseCode, `Exchange answers ${reply.answer.responseCode}: ${reply.answer.text}`];
  const remedy = explain(code, { username, mailbox, clientId, registration: name })?.remedy ?? [];
  return PASSING.has(code) ? warn(name, text, ...remedy) : bad(name, text, ...remedy);
}

async function askOnce(
  { name, clientId, flow, ewsUrl, connectingSid, userAgent }: RegistrationConfig,
  config: Config,
  token: string,
  { body, mailbox, impersonate }: ExchangeQuestion,
): Promise<ExchangeReply> {
  const url = new URL(ewsUrl);
  const bytes = Buffer.from(body);
  const head = readEnvelopeHead(bytes, true);
  if (head === undefined) throw new Error('the head is incomplete');
  const type = connectingSid === 'auto' ? connectingSidType(head.requestServerVersion) : connectingSid;
  const agent = userAgent ?? `ews-gateway-check/${VERSION}`;
  const context: UpstreamContext = {
    registration: name,
    clientId,
    flow,
    mailbox,
    host: url.host,
    proxy: undefined,
    userAgent: agent,
  };
  const dispatcher = connectionsTo(url, config.outbound);
  try {
    const response = await request(url, {
      dispatcher,
      method: 'POST',
      headers: {
        'authorization': `Bearer ${token}`,
        'content-type': 'text/xml; charset=utf-8',
        'user-agent': agent,
        ...(impersonate ? { 'x-anchormailbox': mailbox } : {}),
      },
      body: Buffer.concat(rewriteHead(bytes, head, impersonate ? { type, value: mailbox } : undefined)),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const content = await readBounded(response.body as AsyncIterable<Buffer>, MAX_ANSWER_BYTES);
    // What is longer than an answer of EWS can be read is none.
    return replyOf(response.statusCode, response.headers, content ?? Buffer.alloc(0), context);
  } catch (error) {
    return { kind: 'unreachable', reason: errorText(error) };
  } finally {
    await dispatcher.destroy();
  }
}

function replyOf(
  status: number,
  headers: IncomingHttpHeaders,
  content: Buffer,
  context: UpstreamContext,
): ExchangeReply {
  if (status === 401) return { kind: 'failure', error: tokenRejected(headers, context) };
  const answer = status === 200 || status === 500 ? readAnswer(content) : undefined;
  if (answer === undefined) return { kind: 'failure', error: statusError(status, headers, context) };
  // Of a fault that puts the request off, Exchange may leave the time out.
  const backOff = status === 500 ? readExchangeFault(content, headers)?.backOff : undefined;
  return { kind: 'answer', answer: backOff === undefined ? answer : { ...answer, backOffMilliseconds: backOff } };
}

function backOffOf(reply: ExchangeReply): number | undefined {
  if (reply.kind === 'failure')
    return reply.error.code === 'UPSTREAM_BUSY' ? reply.error.backOffMilliseconds : undefined;
  return reply.kind === 'answer' && reply.answer.responseCode === 'ErrorServerBusy'
    ? reply.answer.backOffMilliseconds
    : undefined;
}

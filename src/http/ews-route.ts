/**
 * One request, top to bottom: the eight steps of docs/architecture.md, each a call into one module.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EwsDocument, Outcome } from '../backends/backend.ts';
import { authorize } from '../callers/access.ts';
import { BodyRules } from '../callers/body-rules.ts';
import type { RegistrationConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { RequestBody } from '../backends/request-body.ts';
import { BodyScanner, countIds } from '../soap/body-scanner.ts';
import { assertEncodingFits } from '../soap/encoding.ts';
import { MAX_HEAD_BYTES, type ConnectingSid, type EnvelopeHead } from '../soap/envelope-head.ts';
import type { EnvelopeHeadCache } from '../soap/envelope-head-cache.ts';
import { namesItems, operationName } from '../ews/operations.ts';
import { connectingSidType, removedBlocks } from '../soap/rewrite-head.ts';
import { admitBody } from './challenge.ts';
import { sendFault } from './fault-response.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';
import { isSecure, recordOf, signIn, type RouteContext } from './sign-in.ts';

/** Answers a POST to the EWS endpoint. Never rejects. */
export async function ewsRoute(
  request: IncomingMessage,
  response: ServerResponse,
  context: RouteContext,
): Promise<void> {
  const record = recordOf(request, context);
  let soapVersion: '1.1' | '1.2' = '1.1';
  let body: RequestBody | undefined;
  try {
    // 1 challenge, 2 authenticate
    const caller = await signIn(request, response, record, context);
    if (caller === undefined) return;

    // 3 read the head
    admitBody(request, response);
    body = new RequestBody(request);
    const head = await readHead(request, body, context.heads);
    soapVersion = head.soapVersion;
    record.operation = operationName(head.operation);

    // 4 authorize
    const mailbox = authorize(caller, {
      operation: record.operation,
      attributes: head.operation.attributes,
      impersonation: head.impersonation,
    });
    record.mailbox = mailbox;
    const { subscriptions } = context.runtime;
    if (context.audit !== undefined && body.ended && namesItems(record.operation))
      record.items = countIds(body.beginning());
    body.inspect(new BodyScanner(head, new BodyRules(caller, head.operation.localName, subscriptions)), head.endBytes);
    const registration = context.runtime.registrationOf(caller);

    // 5 token
    const tokens = registration.tokensFor(mailbox);
    const token = await tokens.get();

    // 6 rewrite
    record.removedHeaders = removedBlocks(head);
    const impersonate = impersonationFor(registration.config, head, mailbox);
    const contentLength = replaceHead(request, body, context.heads.rewrite(body.beginning(), head, impersonate));

    // 7 dispatch, 8 relay
    const outcome = await registration.backend.forward(
      {
        operation: record.operation ?? '',
        mailbox,
        owner: caller.username,
        headers: request.headers,
        body,
        contentLength,
        token,
        tokens,
        secure: isSecure(request),
        watch: record.operation === 'Subscribe' ? subscriptions.watch(caller.username) : undefined,
      },
      response,
    );
    record.requestBytes = body.received;
    record.answered(outcome, context);
  } catch (error) {
    record.requestBytes = body?.received ?? 0;
    body?.discard();
    fail(error, response, soapVersion, record, context);
  }
}

/** Answers a GET of the endpoint or a schema. Never rejects. */
export async function documentRoute(
  request: IncomingMessage,
  response: ServerResponse,
  document: EwsDocument,
  context: RouteContext,
): Promise<void> {
  const record = recordOf(request, context);
  record.operation = 'GET';
  try {
    const caller = await signIn(request, response, record, context);
    if (caller === undefined) return;
    record.mailbox = caller.mailbox;
    const registration = context.runtime.registrationOf(caller);
    const tokens = registration.tokensFor(caller.mailbox);
    const token = await tokens.get();
    const outcome: Outcome = await registration.backend.document(
      {
        document,
        owner: caller.username,
        mailbox: caller.mailbox,
        headers: request.headers,
        token,
        tokens,
        secure: isSecure(request),
      },
      response,
    );
    record.answered(outcome, context);
  } catch (error) {
    fail(error, response, '1.1', record, context);
  }
}

/** Reads from the body until the envelope's head is complete. */
async function readHead(request: IncomingMessage, body: RequestBody, heads: EnvelopeHeadCache): Promise<EnvelopeHead> {
  const contentEncoding = request.headers['content-encoding'] ?? 'identity';
  if (contentEncoding.toLowerCase() !== 'identity') {
    throw new GatewayError(
      'REQUEST_CONTENT_ENCODING',
      `The request body is compressed (Content-Encoding: ${contentEncoding.slice(0, 40)}), which the gateway does not read. Send it uncompressed.`,
    );
  }
  // A small body is waited for whole and then sent in one piece. Each try to read the head begins at
  // the start, so after a try that failed, wait for twice as much.
  const announced = Number(request.headers['content-length'] ?? 0);
  for (
    let wanted = announced <= MAX_HEAD_BYTES ? announced - 1 : 0;
    ;
    wanted = Math.min(body.received * 2, MAX_HEAD_BYTES)
  ) {
    await body.more(wanted);
    const head = heads.read(body.beginning(), body.ended);
    if (head === undefined) continue;
    const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset !== undefined) assertEncodingFits(charset, head.encoding);
    return head;
  }
}

/** Who the request acts as; nobody else where the token is the mailbox's own. */
function impersonationFor(
  { flow, connectingSid }: RegistrationConfig,
  head: EnvelopeHead,
  mailbox: string,
): ConnectingSid | undefined {
  if (flow === 'delegated') return undefined;
  return {
    type: connectingSid === 'auto' ? connectingSidType(head.requestServerVersion) : connectingSid,
    value: mailbox,
  };
}

/** Puts the new beginning into the body and returns its new Content-Length; undefined for chunks. */
function replaceHead(request: IncomingMessage, body: RequestBody, pieces: readonly Buffer[]): number | undefined {
  const grown = pieces.reduce((sum, piece) => sum + piece.length, 0) - body.beginning().length;
  body.replaceBeginning(pieces);
  const announced = request.headers['content-length'];
  if (announced !== undefined) return Number(announced) + grown;
  return body.ended ? body.received + grown : undefined;
}

function fail(
  error: unknown,
  response: ServerResponse,
  soapVersion: '1.1' | '1.2',
  record: RequestRecord,
  context: RouteContext,
): void {
  const failure = GatewayError.from(error);
  record.failed(failure, sendFault(response, failure, soapVersion, record.id), context);
}

/** A GET of the endpoint's page, its WSDL or one of its schemas. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EwsDocument } from '../backends/backend.ts';
import { GatewayError } from '../errors.ts';
import { authenticate } from './authenticate.ts';
import { causeOf } from './cut.ts';
import { sendFault } from './fault-response.ts';
import { isSecure, recordOf, type RouteContext } from './route-context.ts';
import type { TrackedRequest } from './running-requests.ts';

/** Never rejects. */
export async function documentRoute(
  request: IncomingMessage,
  response: ServerResponse,
  document: EwsDocument,
  context: RouteContext,
): Promise<void> {
  const record = recordOf(request, context);
  record.operation = 'GET';
  let running: TrackedRequest | undefined;
  try {
    const caller = await authenticate(request, response, record, context);
    if (caller === undefined) return;
    record.mailbox = caller.mailbox;
    const { backend } = context.runtime.registrationOf(caller);
    const { mailbox } = caller;
    const { limits } = context.runtime.config;
    const remoteAddress = request.socket.remoteAddress ?? '';
    running = context.running.enter({ caller, operation: 'GET', mailbox, remoteAddress, request, response, limits });
    const outcome = await backend.document(
      {
        document,
        caller: caller.username,
        mailbox,
        headers: request.headers,
        secure: isSecure(request),
        sink: record,
      },
      response,
    );
    record.answered(outcome, context);
  } catch (error) {
    const failure = causeOf(GatewayError.from(error), request.socket);
    if (document === 'Services.wsdl' && !response.headersSent && isNodeEws(request)) {
      record.failed(failure, redirectToNowhere(response, failure, record.id), context);
      return;
    }
    record.failed(failure, sendFault(response, failure, '1.1', record.id), context);
  } finally {
    if (running !== undefined) context.running.leave(running);
  }
}

/**
 * node-ews fetches the WSDL with the package `request`, which names itself by no header, and takes every answer but a
 * 401 for the WSDL: a fault would be stored in its folder and used ever after. A 401 would blame its credentials.
 *
 * @see https://www.npmjs.com/package/node-ews
 */
function isNodeEws({ headers }: IncomingMessage): boolean {
  return headers['user-agent'] === undefined && headers.accept === undefined;
}

/**
 * Answers with a redirect that cannot be followed: of all that node-ews does not store, it alone shows a text, which
 * is the scheme. Its error reads `Invalid protocol: ews-gateway-answers-upstream-unreachable-see-request-1a2b-7:`.
 *
 * @returns body bytes sent
 */
function redirectToNowhere(response: ServerResponse, { code, message }: GatewayError, requestId: string): number {
  const scheme = `ews-gateway-answers-${code.toLowerCase().replaceAll('_', '-')}-see-request-${requestId}`;
  const body = `${message} [gateway request ${requestId}]\r\n`;
  response.writeHead(302, {
    'location': `${scheme}:`,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
  return Buffer.byteLength(body);
}

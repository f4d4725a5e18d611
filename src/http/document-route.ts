/** A GET of the endpoint's page, its WSDL or one of its schemas. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EwsDocument } from '../backends/backend.ts';
import { GatewayError } from '../errors.ts';
import { authenticate } from './authenticate.ts';
import { causeOf } from './cut.ts';
import { sendFault } from './fault-response.ts';
import { isSecure, recordOf, type RouteContext } from './route-context.ts';

/** Never rejects. */
export async function documentRoute(
  request: IncomingMessage,
  response: ServerResponse,
  document: EwsDocument,
  context: RouteContext,
): Promise<void> {
  const record = recordOf(request, context);
  record.operation = 'GET';
  try {
    const caller = await authenticate(request, response, record, context);
    if (caller === undefined) return;
    record.mailbox = caller.mailbox;
    const { backend } = context.runtime.registrationOf(caller);
    const outcome = await backend.document(
      {
        document,
        caller: caller.username,
        mailbox: caller.mailbox,
        headers: request.headers,
        secure: isSecure(request),
        sink: record,
      },
      response,
    );
    record.answered(outcome, context);
  } catch (error) {
    const failure = causeOf(GatewayError.from(error), request.socket);
    record.failed(failure, sendFault(response, failure, '1.1', record.id), context);
  }
}

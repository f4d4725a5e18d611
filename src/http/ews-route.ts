/** One request, top to bottom: the five steps of docs/architecture.md, each a call into one module. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestBody } from '../backends/request-body.ts';
import { GatewayError } from '../errors.ts';
import { namesItems, operationName } from '../ews/operations.ts';
import { countIds } from '../soap/body-scanner.ts';
import { removedBlocks } from '../soap/rewrite-head.ts';
import type { EnvelopeHead } from '../soap/envelope-head.ts';
import { authenticate } from './authenticate.ts';
import { authorizeRequest } from './authorize-request.ts';
import { continueBody } from './challenge.ts';
import { ClientRequest } from './client-request.ts';
import { causeOf } from './cut.ts';
import { delivered } from './delivered.ts';
import { sendFault } from './fault-response.ts';
import { readHead } from './read-head.ts';
import { recordOf, type RouteContext } from './route-context.ts';
import type { TrackedRequest } from './running-requests.ts';

/** Answers a POST to the EWS endpoint. Never rejects. */
export async function ewsRoute(
  request: IncomingMessage,
  response: ServerResponse,
  context: RouteContext,
): Promise<void> {
  const { runtime } = context;
  const record = recordOf(request, context);
  let body: RequestBody | undefined;
  let head: EnvelopeHead | undefined;
  let running: TrackedRequest | undefined;
  try {
    // 1 authenticate
    const caller = await authenticate(request, response, record, context);
    if (caller === undefined) return;

    // 2 read the head
    continueBody(request, response);
    body = new RequestBody(request);
    head = await readHead(request, body, runtime.heads);
    record.operation = operationName(head.operation);

    // 3 authorize
    const grant = authorizeRequest(caller, head, body, runtime);
    record.mailbox = grant.mailbox;
    record.removedHeaders = removedBlocks(head);
    if (context.audit !== undefined && body.ended && namesItems(grant.operation))
      record.items(countIds(body.beginning()));
    if (context.audit?.settings.required === true) await record.intended(context);

    // 4 answer
    const registration = runtime.registrationOf(caller);
    const { limits } = runtime.config;
    const { operation, mailbox } = grant;
    const remoteAddress = request.socket.remoteAddress ?? '';
    running = context.running.enter({ caller, operation, mailbox, remoteAddress, request, response, limits });
    const outcome = await registration.backend.answer(
      new ClientRequest(request, response, {
        caller,
        head,
        body,
        grant,
        record,
        registration: registration.config,
        runtime,
        ending: running.ending?.signal,
        // With audit.required, what is not in the log yet is not done.
        prefetched: context.audit?.settings.required === true ? undefined : (call) => record.prefetched(call, context),
        outlive: (lasting) => context.running.outlive({ caller, operation: lasting, mailbox, remoteAddress }),
      }),
      response,
    );
    if ('blockedBy' in outcome) throw outcome.blockedBy;

    const delivery = context.as === undefined ? delivered(response, outcome.bytes) : undefined;
    if (delivery !== undefined) await delivery;

    // 5 record
    record.requestBytes = body.received;
    record.answered(outcome, context);
  } catch (error) {
    const failure = causeOf(GatewayError.from(error), request.socket);
    record.requestBytes = body?.received ?? 0;
    body?.discard();
    record.failed(failure, sendFault(response, failure, head?.soapVersion ?? '1.1', record.id), context);
  } finally {
    if (running !== undefined) context.running.leave(running);
  }
}

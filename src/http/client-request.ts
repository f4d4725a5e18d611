/** A client's admitted request, as a backend is given it. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { CallSink, EwsRequest, LastingGrant, MailboxAccess, PrefetchedCall } from '../backends/backend.ts';
import type { RequestBody } from '../backends/request-body.ts';
import type { CallerConfig, RegistrationConfig } from '../config/types.ts';
import type { EnvelopeHead } from '../soap/envelope-head.ts';
import type { StateSealer } from '../state/state-sealer.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';
import type { Grant } from './authorize-request.ts';
import { isSecure, type ServedConfiguration } from './route-context.ts';

/** What the EWS Managed API waits for the first byte of an answer by default. */
const CLIENT_PATIENCE = 100_000;

export interface AuthorizedRequest {
  readonly caller: CallerConfig;
  readonly head: EnvelopeHead;
  readonly body: RequestBody;
  readonly grant: Grant;
  readonly record: RequestRecord;
  readonly registration: RegistrationConfig;
  readonly runtime: ServedConfiguration;
  readonly ending: AbortSignal | undefined;
  readonly outlive: (operation: string) => LastingGrant;
  readonly prefetched: ((call: PrefetchedCall) => void) | undefined;
}

export class ClientRequest implements EwsRequest {
  readonly id: string;
  readonly operation: string;
  readonly head: EnvelopeHead;
  readonly caller: string;
  readonly mailbox: string;
  readonly registration: RegistrationConfig;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  readonly secure: boolean;
  readonly firstByteDeadline: number;
  readonly mailboxes: MailboxAccess;
  readonly sink: CallSink;
  readonly ending: AbortSignal | undefined;
  readonly outlive: (operation: string) => LastingGrant;
  readonly prefetched: ((call: PrefetchedCall) => void) | undefined;
  readonly #runtime: ServedConfiguration;
  readonly #response: ServerResponse;
  #signal: AbortSignal | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, authorized: AuthorizedRequest) {
    const { caller, head, body, grant, record, registration, runtime, ending, outlive, prefetched } = authorized;
    this.id = record.id;
    this.operation = grant.operation;
    this.head = head;
    this.caller = caller.username;
    this.mailbox = grant.mailbox;
    this.registration = registration;
    this.headers = request.headers;
    this.body = body;
    this.secure = isSecure(request);
    this.firstByteDeadline = record.startedAt + CLIENT_PATIENCE;
    this.mailboxes = grant.mailboxes;
    this.sink = record;
    this.ending = ending;
    this.outlive = outlive;
    this.prefetched = prefetched;
    this.#runtime = runtime;
    this.#response = response;
  }

  /** Made when a backend asks for it: streaming both ways has no use for one. */
  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const controller = new AbortController();
      this.#signal = controller.signal;
      if (this.#response.destroyed) controller.abort();
      else this.#response.once('close', () => controller.abort());
    }
    return this.#signal;
  }

  get sealer(): StateSealer {
    return this.#runtime.sealer;
  }

  onSubscription(id: string): void {
    this.#runtime.subscriptions.add(id, this.caller);
  }
}

/**
 * What stands between the request path and the service that answers: Exchange Web Services itself, or a
 * translation to Microsoft Graph. A backend knows neither callers nor routes: what it needs of them comes with
 * the request.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { BackendName, RegistrationConfig } from '../config/types.ts';
import type { EndedBy, GatewayError } from '../errors.ts';
import type { ConnectionCounts } from '../network/outbound.ts';
import type { EnvelopeHead } from '../soap/envelope-head.ts';
import type { StateSealer } from '../state/state-sealer.ts';
import type { TokenState } from '../tokens/token-set.ts';
import type { GateStatus } from './mailbox-gate.ts';
import type { Priority } from './mailbox-queue.ts';
import type { RequestBody } from './request-body.ts';
import type { CallerShadow, ShadowResult } from './shadow/results.ts';

/** What answers in the end; `auto` in the configuration is one of them at a time. */
export type ServiceName = 'ews' | 'graph';

/** A request that was admitted: it may act as `mailbox`, and its body is held to the caller's rules as it streams. */
export interface EwsRequest {
  /** The gateway's own id of the request. */
  readonly id: string;
  /** Name of the operation, as in services.wsdl. */
  readonly operation: string;
  /** The envelope up to the operation's start tag: SOAP version, RequestServerVersion, TimeZoneContext, … */
  readonly head: EnvelopeHead;
  /** User name of the caller: cookies, slots and sealed state belong to it. */
  readonly caller: string;
  /** Primary SMTP address of the mailbox the request acts as, as spelled in the configuration. */
  readonly mailbox: string;
  readonly registration: RegistrationConfig;
  /** The client's HTTP headers. */
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  /** Whether the client's connection is TLS. */
  readonly secure: boolean;
  /** Aborted once the client has closed its connection. */
  readonly signal: AbortSignal;
  /** Of a stream of notifications: aborted once it is to end, between two of its envelopes. */
  readonly ending?: AbortSignal | undefined;
  /** Until when the client waits for the first byte, by `performance.now()`. */
  readonly firstByteDeadline: number;
  /** Which other mailboxes the caller may open, for elements that name one. */
  readonly mailboxes: MailboxAccess;
  /** Seals what travels with the client: SyncState, watermarks, subscription ids. */
  readonly sealer: StateSealer;
  /** Notes that a subscription was given to the caller, before the client learns its id. */
  onSubscription(id: string): void;
  /**
   * Lets something go on after the answer; absent for the gateway's own requests, which nothing may outlive.
   *
   * @param operation by whose name it is granted
   */
  readonly outlive?: ((operation: string) => LastingGrant) | undefined;
  /** Enters a call that was made ahead of the client's next requests; absent where none may be made. */
  readonly prefetched?: ((call: PrefetchedCall) => void) | undefined;
  /** What the request cost, for log, audit log and metrics. */
  readonly sink: CallSink;
  /** Whose turn it is for a slot; default: a client's. */
  readonly priority?: Priority | undefined;
}

/** A call that was made before the client has asked for its answer. */
export interface PrefetchedCall {
  /** By which the client would ask. */
  readonly operation: string;
  /** HTTP status of the service; 0 where it gave none, or had no slot. */
  readonly status: number;
  readonly milliseconds: number;
  readonly upstreamRequestId: string | undefined;
}

/** What goes on after its request was answered, for as long as the caller has the right to it. */
export interface LastingGrant {
  /** Aborted once the caller has no right to it any more, or the gateway stops. */
  readonly signal: AbortSignal;
  /** It has ended by itself. */
  end(): void;
}

/** The mailboxes of one caller. */
export interface MailboxAccess {
  /** The caller's own mailbox and those it may impersonate by name; patterns are not listed. */
  readonly listed: readonly string[];
  /** The mailbox of this address, spelled as in the configuration; undefined where the caller may not open it. */
  mayOpen(address: string): string | undefined;
}

/** Told what a backend does for a request. */
export interface CallSink {
  /** A call to the service ended. @param status HTTP status, undefined where there was no answer */
  upstreamCall(status: number | undefined): void;
  /** The service's own id of the request, by which Microsoft finds it. */
  upstreamRequestId(id: string): void;
  /** How many items, folders or attachments were asked for or given. */
  items(count: number): void;
}

/** Documents beside the EWS endpoint, as Exchange spells them. */
export type EwsDocument = 'Exchange.asmx' | 'Services.wsdl' | 'messages.xsd' | 'types.xsd';

/** A GET for the endpoint's page or its schemas. */
export interface DocumentRequest {
  readonly document: EwsDocument;
  readonly caller: string;
  readonly mailbox: string;
  readonly headers: IncomingHttpHeaders;
  readonly secure: boolean;
  readonly sink: CallSink;
}

/** How a request ended that was answered. */
export interface Outcome {
  readonly status: number;
  /** Body bytes sent to the client. */
  readonly bytes: number;
  /** What the service refused it with, if it did. */
  readonly fault: { readonly responseCode: string; readonly text: string } | undefined;
  /** Who ended it before the service did, between two envelopes of a stream. */
  readonly endedBy?: EndedBy;
}

/**
 * The service does not serve this mailbox this way, and has done nothing: nothing was written to the client, and
 * the body can be sent again, to another backend.
 */
export interface Blocked {
  /** The error for the client, where there is no other backend. */
  readonly blockedBy: GatewayError;
}

/** A mailbox with `backend: auto` of which there is more to say than that EWS answers it. */
export interface SwitchStatus {
  readonly mailbox: string;
  /** What answers it now. */
  readonly service: ServiceName;
  /** Whether an administrator has set that by command. */
  readonly isSet: boolean;
  /** Since when, in milliseconds since the epoch. */
  readonly since: number;
  /** Why, in a sentence. */
  readonly reason: string;
  /** What else an administrator should know: EWS is open again, or Graph would not work either. */
  readonly notice: string | undefined;
}

export interface BackendStatus {
  readonly name: BackendName;
  /** How requests wait for their slots. */
  readonly gate: GateStatus;
  readonly connections: ConnectionCounts;
  readonly tokens: readonly TokenState[];
  /** With `auto`: the mailboxes that EWS does not simply answer. */
  readonly switches?: readonly SwitchStatus[];
  /** With `shadow: graph`: how answers of Graph compared. */
  readonly shadow?: readonly ShadowResult[];
  /** The same by caller. */
  readonly shadowOfCallers?: readonly CallerShadow[];
}

export interface Backend {
  readonly name: BackendName;
  /** What answers a mailbox at the moment. */
  serviceOf(mailbox: string): ServiceName;
  /**
   * Answers the client.
   *
   * @throws GatewayError where nothing has been answered yet, or where the answer broke off and the client's
   *   connection was cut
   */
  answer(request: EwsRequest, client: ServerResponse): Promise<Outcome | Blocked>;
  /** Serves a document beside the endpoint. @throws GatewayError as {@link answer} */
  document(request: DocumentRequest, client: ServerResponse): Promise<Outcome>;
  /** Obtains the tokens the backend needs, so that a request would not wait for one. Never rejects. */
  ready(): Promise<readonly TokenState[]>;
  /** How things stand, without asking anybody. */
  status(): BackendStatus;
  /** Waits for the requests under way, then closes connections and stops timers. */
  close(): Promise<void>;
}

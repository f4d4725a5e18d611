/** What every operation over Graph works with, and how its answer is framed. */
import { GatewayError } from '../../errors.ts';
import type { EwsElement } from '../../ews/element.ts';
import type { Piece } from '../../ews/properties/pieces.ts';
import { schemaVersion, type SchemaVersion } from '../../ews/properties/versions.ts';
import { ResponseError, description, errorMessage, successMessage } from '../../ews/response-messages.ts';
import { trustedMarkup, xml, type XmlFragment } from '../../ews/xml.ts';
import type { CallSink, EwsRequest, MailboxAccess } from '../backend.ts';
import type { Clock } from '../clock.ts';
import type { SpoolFactory } from '../../ews/spool.ts';
import { malformed } from '../../soap/malformed.ts';
import type { ListedAttachments } from './attachments/listed-attachments.ts';
import { WholeMessage, type AnswerPiece } from './answer-writer.ts';
import type { Capabilities } from './capabilities.ts';
import { toFault, toResponseError, type Subject } from './errors.ts';
import type { FolderCounters } from './folders/folder-counts.ts';
import { GraphError } from './service/graph-error.ts';
import type { ListingCache } from './listing/listing-cache.ts';
import type { KnownMailbox, MailboxDirectory } from './mailbox-directory.ts';
import type { MailboxCalls } from './service/mailbox-calls.ts';
import type { MessageTraces } from './messages/message-traces.ts';
import type { MimeReader } from './writing/mime-message.ts';
import type { EndedSubscriptions } from './notifications/ended-subscriptions.ts';
import type { EventFeeds } from './notifications/event-feeds.ts';
import type { PushSubscriptions } from './notifications/push.ts';
import type { StreamPositions } from './notifications/stream-positions.ts';
import type { ClientStates } from './sync/client-states.ts';

/** A mailbox that a request may use, and how it is called. */
export interface Scope {
  readonly mailbox: KnownMailbox;
  readonly calls: MailboxCalls;
}

/** An answer of Graph that the client is likely to ask for. */
export interface ExpectedAnswer<T> {
  /** What it is, within the mailbox. */
  readonly what: string;
  /** That it has at most. */
  readonly bytes: number;
  /** That will ask for it. */
  readonly operation: string;
  /** @returns undefined for what is larger, or is no answer */
  read(calls: MailboxCalls): Promise<T | undefined>;
}

/** An answer that was fetched before. */
export interface FetchedAnswer<T> {
  readonly value: T;
  /** To be called once it is needed no longer: until then it counts towards what may be fetched. */
  release(): void;
}

/** Calls that are made ahead of the client's next requests. */
export interface Prefetch {
  /** What was fetched before; undefined where it was not, or could not be. */
  take<T>(scope: Scope, what: string): Promise<FetchedAnswer<T> | undefined>;
  /** Fetches an answer where no call would wait for that. */
  fetch<T>(scope: Scope, expected: ExpectedAnswer<T>): void;
  /** A list of messages is given. @param ids in Graph's alphabet */
  listed(scope: Scope, ids: readonly string[]): void;
  /**
   * A message is read.
   *
   * @param how what is asked of it
   * @returns those that are likely to be read next, by ids in Graph's alphabet
   */
  following(scope: Scope, id: string, how: string): readonly string[];
}

export interface OperationContext {
  /** The operation's element, valid by the schema, with its dates in UTC. */
  readonly request: EwsElement;
  /** RequestServerVersion as the client sent it. */
  readonly version: string | undefined;
  readonly caller: string;
  /** The mailbox the request acts as. */
  readonly own: Scope;
  /** The scope of another mailbox, by its address. @throws ResponseError where the caller may not open it */
  scopeOf(address: string): Promise<Scope>;
  readonly access: MailboxAccess;
  readonly directory: MailboxDirectory;
  readonly capabilities: Capabilities;
  /** Result lists of FindItem. */
  readonly listings: ListingCache;
  readonly traces: MessageTraces;
  readonly attachments: ListedAttachments;
  readonly spools: SpoolFactory;
  readonly counters: FolderCounters;
  readonly mimes: MimeReader;
  /** What the client keeps between requests. */
  readonly states: ClientStates;
  readonly ended: EndedSubscriptions;
  readonly streams: StreamPositions;
  readonly feeds: EventFeeds;
  readonly pushes: PushSubscriptions;
  readonly clock: Clock;
  /** Calls that are made ahead of the client's next requests; undefined where none are made. */
  readonly prefetch: Prefetch | undefined;
  /** See {@link EwsRequest.outlive}. */
  readonly outlive: EwsRequest['outlive'];
  /** Calls of lowest priority for a mailbox that the caller may open, which outlive the request. */
  pollingCalls(address: string, signal: AbortSignal): MailboxCalls;
  /** Of a stream of notifications: aborted once it is to end. */
  readonly ending: AbortSignal | undefined;
  /** Whether the client would wait for much more. */
  isPatient(): boolean;
  /** @throws GatewayError UPSTREAM_BUSY where the client would not wait for much more */
  assertPatience(): void;
  readonly sink: CallSink;
  readonly signal: AbortSignal;
  readonly settings: GraphSettings;
}

/** What the configuration says of the Graph backend. */
export interface GraphSettings {
  /** Where permanentDelete is missing: move to the recoverable items, or refuse. */
  readonly hardDelete: 'recoverable' | 'refuse';
  /** Keeps messages out of listings while Safe Attachments still scans them. */
  readonly waitForScan: boolean;
  /** Between two looks at a folder whose notifications are streamed or pushed. */
  readonly pollSeconds: number;
  /** Origins to which notifications may be pushed. */
  readonly pushTo: readonly string[];
  /** Fetches what a program is likely to ask for next. */
  readonly prefetch: boolean;
}

/** @returns the children of the response element, in pieces */
export type Operation = (context: OperationContext) => AsyncIterable<AnswerPiece>;

/**
 * What all parts of an answer need of the request, read once. What is wrong with it is the error of each part, as in
 * Exchange, and not a fault.
 *
 * @param read may throw a ResponseError
 */
export function once<T>(read: () => T): () => T {
  let result: { readonly value: T } | { readonly error: unknown } | undefined;
  return () => {
    result ??= attempt(read);
    if ('error' in result) throw result.error;
    return result.value;
  };
}

function attempt<T>(read: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: read() };
  } catch (error) {
    return { error };
  }
}

/** What the client knows of the schema. */
export function versionOf({ version }: Pick<OperationContext, 'version'>): SchemaVersion {
  return schemaVersion(version);
}

/**
 * ResponseMessages with one message for each part, in their order. What fails for one part is the error of that part.
 * What means that Graph is busy or out of reach ends the whole answer, unless a part before has changed something:
 * a client that gets a fault repeats the whole request, and would then take the parts that are done for lost.
 */
export async function* messages<T>(
  operation: string,
  parts: Iterable<T> | AsyncIterable<T>,
  subject: Subject,
  handle: (part: T) => Promise<XmlFragment> | XmlFragment,
  { writes = false }: { readonly writes?: boolean } = {},
): AsyncGenerator<XmlFragment> {
  let isOpen = false;
  let done = false;
  let outage: ResponseError | undefined;
  for await (const part of parts) {
    if (!isOpen) yield OPEN;
    isOpen = true;
    let answer: XmlFragment;
    try {
      if (outage !== undefined) throw outage;
      answer = successMessage(operation, await handle(part));
      done = writes;
    } catch (error) {
      if (done) outage ??= outageOf(error);
      answer = errorMessage(operation, outage ?? asResponseError(error, subject));
    }
    yield answer;
  }
  if (!isOpen) throw nothingNamed(operation);
  yield CLOSE;
}

/** The schema allows neither a request without parts nor the answer that it would have. */
export function nothingNamed(operation: string): GatewayError {
  return malformed(`${operation} names nothing to be done`);
}

/** That Graph is busy or out of reach, as the error of a part beside others; undefined for any other error. */
export function outageOf(error: unknown): ResponseError | undefined {
  const fault = error instanceof GraphError ? toFault(error) : error;
  if (!(fault instanceof GatewayError) || fault.kind === 'client' || fault.kind === 'internal') return undefined;
  const { responseCode, message, backOffMilliseconds } = fault;
  return new ResponseError(responseCode, message, { backOffMilliseconds });
}

/** An operation whose response element is itself a response message. @param act gives what follows the code */
export async function* wholeMessage(
  subject: Subject,
  act: () => Promise<XmlFragment> | XmlFragment,
): AsyncGenerator<WholeMessage> {
  try {
    const content = await act();
    yield new WholeMessage('Success', xml`<m:ResponseCode>NoError</m:ResponseCode>${content}`);
  } catch (error) {
    yield new WholeMessage('Error', description(asResponseError(error, subject)));
  }
}

/** `m:ResponseMessage`, as the operations of the Availability service have it in place of a list of them. */
export function singleMessage(error?: ResponseError): XmlFragment {
  return error === undefined
    ? xml`<m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>`
    : xml`<m:ResponseMessage ResponseClass="Error">${description(error)}</m:ResponseMessage>`;
}

export const OPEN = trustedMarkup('<m:ResponseMessages>');
export const CLOSE = trustedMarkup('</m:ResponseMessages>');

/** A success message whose content may hold streams. @param list the element around it, for example Items */
export function* successPieces(operation: string, list: string, content: readonly Piece[]): Generator<AnswerPiece> {
  const name = `m:${operation}ResponseMessage`;
  yield `<${name} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:${list}>`;
  yield* content;
  yield `</m:${list}></${name}>`;
}

/** The error of one part. @throws anything that is none */
export function asResponseError(error: unknown, subject: Subject): ResponseError {
  if (error instanceof ResponseError) return error;
  if (error instanceof GraphError) return toResponseError(error, subject);
  throw error;
}

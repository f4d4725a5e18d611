/**
 * Answers EWS requests through Microsoft Graph: reads the whole request, finds the operation, writes the envelope.
 *
 * @see https://learn.microsoft.com/graph/api/resources/mail-api-overview
 */
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { RegistrationConfig } from '../../config/types.ts';
import { GatewayError } from '../../errors.ts';
import { schemaDocument } from '../../ews/documents.ts';
import type { EwsElement } from '../../ews/element.ts';
import { ElementTree } from '../../ews/element-tree.ts';
import { TreeBudget } from '../../ews/tree-budget.ts';
import { withDatesInUtc } from '../../ews/local-dates.ts';
import { isHanging } from '../../ews/operations.ts';
import { isKnownVersion, schemaVersion } from '../../ews/properties/versions.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { RequestSpools } from '../../ews/request-spools.ts';
import { FAILED_VALIDATION, refusalOf } from '../../ews/schema/request-validation.ts';
import type { SpoolFactory } from '../../ews/spool.ts';
import type { Marks } from '../../fleet/shared-marks.ts';
import { connectionCounts } from '../../network/outbound.ts';
import { BodyReader } from '../../soap/body-reader.ts';
import type { TokenSet, TokenState } from '../../tokens/token-set.ts';
import type { Clock } from '../clock.ts';
import type { Backend, BackendStatus, DocumentRequest, EwsRequest, Outcome } from '../backend.ts';
import type { GateSharing } from '../gate-sharing.ts';
import { MailboxGate, type GateEvents } from '../mailbox-gate.ts';
import { writeAnswer, writeStream } from './answer-writer.ts';
import { ListedAttachments } from './attachments/listed-attachments.ts';
import type { Capabilities } from './capabilities.ts';
import { ContentIdSelect } from './attachments/content-id-select.ts';
import { FolderCounters } from './folders/folder-counts.ts';
import { GraphClient } from './service/client.ts';
import { asFault } from './errors.ts';
import { ListingCache } from './listing/listing-cache.ts';
import { MailboxDirectory } from './mailbox-directory.ts';
import type { TenantGuids } from './mailbox-guids.ts';
import { MessageTraces } from './messages/message-traces.ts';
import { MimeReader } from './writing/mime-message.ts';
import type { GraphSettings, OperationContext } from './operation.ts';
import { EndedSubscriptions } from './notifications/ended-subscriptions.ts';
import { EventFeeds } from './notifications/event-feeds.ts';
import { PushSubscriptions, type PushOptions } from './notifications/push.ts';
import { StreamPositions } from './notifications/stream-positions.ts';
import { OPERATIONS } from './operations/table.ts';
import type { PrefetchResult } from './prefetch/prefetch-habits.ts';
import { Prefetching } from './prefetch/prefetching.ts';
import { RequestCalls, type CallsEnvironment } from './request-calls.ts';
import { ClientStates } from './sync/client-states.ts';
import { UploadConnections } from './service/upload-connections.ts';

export interface GraphBackendOptions {
  readonly registration: RegistrationConfig;
  /** Origin of Microsoft Graph. */
  readonly origin: string;
  readonly connections: Dispatcher;
  /** Makes connections to the host of an upload session. */
  readonly uploadConnections: (url: URL) => Dispatcher;
  /** Tokens of the Graph audience. */
  readonly tokens: TokenSet;
  readonly capabilities: Capabilities;
  readonly settings: GraphSettings;
  readonly spools: SpoolFactory;
  readonly gateEvents: GateEvents;
  /** Other gateways that call Graph for the same mailboxes. */
  readonly gateSharing?: GateSharing | undefined;
  readonly uploadMarks?: Marks | undefined;
  readonly guids: TenantGuids;
  /** Called with what became of each answer that was fetched ahead of a request. */
  readonly onPrefetch: (result: PrefetchResult) => void;
  /** Calls for one mailbox that may wait for a slot. */
  readonly waitingPerMailbox: number;
  readonly clock: Clock;
  readonly pushes: PushOptions;
  /** How long Graph may take to begin an answer or pause within one, in milliseconds. */
  readonly responseTimeout: number;
}

/** Of all registrations: they share the memory of the process. */
const TREES = new TreeBudget();

export class GraphBackend implements Backend {
  readonly name = 'graph';
  readonly #options: GraphBackendOptions;
  readonly #gate: MailboxGate;
  readonly #uploads: UploadConnections;
  readonly #directory: MailboxDirectory;
  readonly #listings = new ListingCache();
  readonly #traces = new MessageTraces();
  readonly #attachments = new ListedAttachments();
  readonly #counters = new FolderCounters();
  readonly #mimes = new MimeReader();
  readonly #ended = new EndedSubscriptions();
  readonly #streams = new StreamPositions();
  readonly #calls: CallsEnvironment;
  readonly #prefetching: Prefetching;
  readonly #feeds: EventFeeds;
  readonly #pushes: PushSubscriptions;
  #requests = 0;
  #onIdle: () => void = () => undefined;

  constructor(options: GraphBackendOptions) {
    this.#options = options;
    const { capabilities, waitingPerMailbox, origin, connections, tokens, responseTimeout } = options;
    this.#gate = new MailboxGate(
      { requestsPerMailbox: capabilities.callsAtATime, waitingPerMailbox, longestWaitSeconds: 90 },
      { ...options.gateEvents, waits: (mailbox) => this.#prefetching.giveWay(mailbox) },
      { sharing: options.gateSharing },
    );
    this.#directory = new MailboxDirectory(options.guids);
    this.#feeds = new EventFeeds(options.settings.pollSeconds * 1000);
    this.#pushes = new PushSubscriptions(options.pushes);
    this.#uploads = new UploadConnections(options.uploadConnections);
    const client = new GraphClient({
      origin,
      dispatcher: connections,
      tokens,
      gate: this.#gate,
      clock: options.clock,
      uploads: this.#uploads,
      uploadMarks: options.uploadMarks,
      responseTimeout,
    });
    const contentIds = new ContentIdSelect();
    const isDelegated = options.registration.flow === 'delegated';
    this.#prefetching = new Prefetching({
      isOn: options.settings.prefetch,
      isShared: options.gateSharing !== undefined,
      gate: this.#gate,
      directory: this.#directory,
      clock: options.clock,
      onEnd: options.onPrefetch,
    });
    this.#calls = {
      client,
      isDelegated,
      directory: this.#directory,
      onChange: (address) => {
        this.#counters.forget(address);
        this.#prefetching.changed(address);
      },
      contentIds,
    };
  }

  /** Something may have changed that did not go through here. */
  changedElsewhere(): void {
    this.#prefetching.changed();
  }

  serviceOf(): 'graph' {
    return this.name;
  }

  async answer(request: EwsRequest, client: ServerResponse): Promise<Outcome> {
    this.#requests++;
    const spools = new RequestSpools(this.#options.spools);
    const tree = new ElementTree(request.head, spools, TREES.share(request.caller));
    try {
      assertVersion(request.head.requestServerVersion);
      const operation = OPERATIONS.get(request.operation);
      if (operation === undefined) throw unsupported(request.operation);
      request.body.inspect(new BodyReader(request.head, [tree]), request.head.endBytes);
      await request.body.readToEnd();
      assertValid(tree.root);
      const context = await this.#contextOf(request, client, tree, spools);
      if (isHanging(request.operation)) {
        const bytes = await writeStream(client, operation(context));
        return {
          status: 200,
          bytes,
          fault: undefined,
          ...(request.ending?.aborted === true ? { endedBy: 'gateway' as const } : {}),
        };
      }
      const { soapVersion } = request.head;
      const bytes = await writeAnswer(client, request.operation, soapVersion, operation(context));
      return { status: 200, bytes, fault: undefined };
    } catch (error) {
      throw asFault(error);
    } finally {
      tree.dispose();
      spools.dispose();
      if (--this.#requests === 0) this.#onIdle();
    }
  }

  /** As Exchange: the page of the endpoint leads to the WSDL. */
  document({ document }: DocumentRequest, client: ServerResponse): Promise<Outcome> {
    if (document === 'Exchange.asmx') {
      client.writeHead(302, { 'location': '/ews/Services.wsdl', 'content-length': 0 });
      client.end();
      return Promise.resolve({ status: 302, bytes: 0, fault: undefined });
    }
    const body = schemaDocument(document);
    client.writeHead(200, { 'content-type': 'text/xml', 'content-length': body.length });
    client.end(body);
    return Promise.resolve({ status: 200, bytes: body.length, fault: undefined });
  }

  ready(): Promise<readonly TokenState[]> {
    return this.#options.tokens.ready();
  }

  status(): BackendStatus {
    const { tokens, connections } = this.#options;
    return {
      name: this.name,
      gate: this.#gate.status(),
      connections: connectionCounts(connections),
      tokens: tokens.status(),
    };
  }

  async close(): Promise<void> {
    if (this.#requests > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#prefetching.close();
    await this.#pushes.close();
    this.#gate.close();
    this.#calls.client.close();
    await Promise.all([this.#options.connections.close(), this.#uploads.close()]);
    await this.#options.tokens.close();
  }

  async #contextOf(
    request: EwsRequest,
    client: ServerResponse,
    tree: ElementTree,
    spools: SpoolFactory,
  ): Promise<OperationContext> {
    const { capabilities, settings } = this.#options;
    const calls = new RequestCalls(request, client, this.#calls);
    return {
      request: withDatesInUtc(tree.root, {
        version: schemaVersion(request.head.requestServerVersion),
        timeZone: request.head.timeZone,
      }),
      version: request.head.requestServerVersion,
      caller: request.caller,
      own: await calls.scopeOf(request.mailbox),
      scopeOf: async (address) => {
        const allowed = request.mailboxes.mayOpen(address);
        if (allowed === undefined)
          throw new ResponseError('ErrorAccessDenied', `${request.caller} may not open mailbox ${address}.`);
        return calls.scopeOf(allowed);
      },
      access: request.mailboxes,
      directory: this.#directory,
      capabilities,
      listings: this.#listings,
      traces: this.#traces,
      attachments: this.#attachments,
      spools,
      counters: this.#counters,
      mimes: this.#mimes,
      states: new ClientStates(request),
      ended: this.#ended,
      streams: this.#streams,
      feeds: this.#feeds,
      pushes: this.#pushes,
      clock: this.#options.clock,
      prefetch: this.#prefetching.of(request, calls),
      outlive: request.outlive,
      pollingCalls: (address, signal) => calls.polling(address, signal),
      ending: request.ending,
      isPatient: () => calls.isPatient(),
      assertPatience: () => {
        if (calls.isPatient()) return;
        throw new GatewayError('UPSTREAM_BUSY', 'Microsoft Graph needs longer for this than a client waits.', {
          backOffMilliseconds: 10_000,
        });
      },
      sink: request.sink,
      signal: request.signal,
      settings,
    };
  }
}

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/requestserverversion */
function assertVersion(requested: string | undefined): void {
  if (requested === undefined || isKnownVersion(requested)) return;
  throw new GatewayError('ENVELOPE_MALFORMED', 'The specified server version is invalid.', {
    responseCode: 'ErrorInvalidServerVersion',
  });
}

/** Before anything is asked of Graph, as Exchange holds requests against its schemas before it does anything. */
function assertValid(request: EwsElement): void {
  const violation = refusalOf(request);
  if (violation === undefined) return;
  throw new GatewayError('SCHEMA_VIOLATION', `${FAILED_VALIDATION}: ${violation.text}`, { violation });
}

function unsupported(operation: string): GatewayError {
  return new GatewayError(
    'OPERATION_UNSUPPORTED',
    `The operation ${operation} is not served through Microsoft Graph; docs/graph-coverage.md lists those that are.`,
  );
}

/** The calls to Graph that are made for one request: whose they are, and how long they may take. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { CallSink, EwsRequest } from '../backend.ts';
import { NO_SINK } from '../own-request.ts';
import type { ContentIdSelect } from './attachments/content-id-select.ts';
import type { MailboxDirectory } from './mailbox-directory.ts';
import type { Scope } from './operation.ts';
import { LIFETIME } from './prefetch/prefetched-answers.ts';
import type { GraphClient } from './service/client.ts';
import type { CallContext } from './service/graph-call.ts';
import { MailboxCalls } from './service/mailbox-calls.ts';
import { usersPath, type MailboxPath } from './service/paths.ts';

export interface CallsEnvironment {
  readonly client: GraphClient;
  /** Whether each mailbox has signed in itself. */
  readonly isDelegated: boolean;
  readonly directory: MailboxDirectory;
  /** Called when a call that changes a mailbox was answered, or may have been carried out. @param address its own */
  readonly onChange: (address: string) => void;
  readonly contentIds: ContentIdSelect;
}

/** Before the client's patience ends, so that it hears ErrorServerBusy and comes again. */
const MARGIN = 5_000;
/** How long clients wait within an answer that has begun. */
const IDLE_PATIENCE = 60_000;
/** Of each call that nobody waits for. */
const POLLING_PATIENCE = 60_000;
/** What comes later is too old. */
const PREFETCH_PATIENCE = LIFETIME;
/** The gateway itself has a free slot; those of its fleet may not. */
const PREFETCH_SLOT_PATIENCE = 250;

export class RequestCalls {
  readonly #request: EwsRequest;
  readonly #client: ServerResponse;
  readonly #environment: CallsEnvironment;
  readonly #scopes = new Map<string, Promise<Scope>>();

  /** @param client the client's side of the request */
  constructor(request: EwsRequest, client: ServerResponse, environment: CallsEnvironment) {
    this.#request = request;
    this.#client = client;
    this.#environment = environment;
  }

  /** Opens a mailbox, once for the request. @throws GraphError or GatewayError where it cannot be opened */
  scopeOf(address: string): Promise<Scope> {
    const key = address.toLowerCase();
    let scope = this.#scopes.get(key);
    if (scope === undefined) this.#scopes.set(key, (scope = this.#open(address)));
    return scope;
  }

  /** Whether the client still waits for more than a moment. */
  isPatient(): boolean {
    return this.#request.firstByteDeadline - performance.now() > MARGIN;
  }

  /** Calls for notifications, which belong to no request: only the gate's status shows what they cost. */
  polling(address: string, signal: AbortSignal): MailboxCalls {
    const context = this.#unattended(address, signal);
    return this.#callsTo(address, {
      ...context,
      requestId: randomUUID(),
      get deadline() {
        return performance.now() + POLLING_PATIENCE;
      },
      sink: NO_SINK,
      priority: 'polling',
    });
  }

  /** Calls that are made ahead of the client's next requests. @param mostBytes of an answer in JSON */
  prefetching(address: string, signal: AbortSignal, sink: CallSink, mostBytes: number): MailboxCalls {
    return this.#callsTo(address, {
      ...this.#unattended(address, signal),
      requestId: this.#request.id,
      deadline: performance.now() + PREFETCH_PATIENCE,
      sink,
      priority: 'prefetch',
      onlyTry: { slotPatience: PREFETCH_SLOT_PATIENCE, mostBytes },
    });
  }

  /** Of calls that no client waits for. @param signal aborted once they are of no use any more */
  #unattended(
    address: string,
    signal: AbortSignal,
  ): Pick<CallContext, 'slotKey' | 'mailbox' | 'caller' | 'client' | 'signal'> {
    const { mailbox, caller } = this.#request;
    const { directory } = this.#environment;
    const client = {
      get destroyed() {
        return signal.aborted;
      },
    };
    return { slotKey: () => directory.slotKeyOf(address), mailbox, caller, client, signal };
  }

  async #open(address: string): Promise<Scope> {
    const [request, client] = [this.#request, this.#client];
    const { directory, isDelegated } = this.#environment;
    const context: CallContext = {
      slotKey: () => directory.slotKeyOf(address),
      mailbox: request.mailbox,
      signedIn: isDelegated ? request.mailbox : undefined,
      caller: request.caller,
      requestId: request.id,
      client,
      signal: request.signal,
      get deadline() {
        return (client.headersSent ? performance.now() + IDLE_PATIENCE : request.firstByteDeadline) - MARGIN;
      },
      sink: request.sink,
      priority: request.priority,
    };
    const calls = this.#callsTo(address, context);
    return { calls, mailbox: await directory.of(address, calls) };
  }

  #callsTo(address: string, context: CallContext): MailboxCalls {
    const { client, contentIds, onChange } = this.#environment;
    return new MailboxCalls(client, context, this.#pathOf(address), {
      contentIds,
      onChange: () => onChange(address),
    });
  }

  /** A signed-in mailbox is /me to its own token, other mailboxes have their address. */
  #pathOf(address: string): MailboxPath {
    const isOwn = address.toLowerCase() === this.#request.mailbox.toLowerCase();
    return this.#environment.isDelegated && isOwn ? '/me' : usersPath(address);
  }
}

/**
 * Forwards to Exchange Web Services, streaming both ways: fetches the token, gives the envelope exactly one
 * ExchangeImpersonation (none with delegated sign-in), and sends once more what Exchange has put off.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-authenticate-an-ews-application-by-using-oauth
 */
import type { ServerResponse } from 'node:http';
import { isHanging, onlyReads } from '../../ews/operations.ts';
import type { EnvelopeHeadCache } from '../../soap/envelope-head-cache.ts';
import type { ConnectingSid } from '../../soap/envelope-head.ts';
import { connectingSidType } from '../../soap/rewrite-head.ts';
import type { AccessToken } from '../../tokens/entra-client.ts';
import type { TokenState } from '../../tokens/token-set.ts';
import type { Backend, BackendStatus, Blocked, DocumentRequest, EwsRequest, Outcome } from '../backend.ts';
import type { GateSharing } from '../gate-sharing.ts';
import { MailboxGate, type GateEvents } from '../mailbox-gate.ts';
import type { Slot } from '../slot.ts';
import type { CallResult } from './call-result.ts';
import { DocumentCache } from './document-cache.ts';
import { EwsEndpoint, type EwsEndpointOptions } from './ews-endpoint.ts';
import { faultOf, outcomeOf, tokenTooLate } from './outcome.ts';
import { decide, type RetryState } from './retry-policy.ts';
import { isBlock, statusError } from './upstream-errors.ts';

export interface ExchangeBackendOptions extends EwsEndpointOptions {
  readonly heads: EnvelopeHeadCache;
  readonly gateEvents: GateEvents;
  /** Called when a request that may change something has ended. */
  readonly onChange?: (() => void) | undefined;
  /** Other gateways that call Exchange for the same mailboxes. */
  readonly gateSharing?: GateSharing | undefined;
}

export class ExchangeBackend implements Backend {
  readonly name = 'ews';
  readonly #options: ExchangeBackendOptions;
  readonly #endpoint: EwsEndpoint;
  readonly #documents = new DocumentCache();
  readonly #gate: MailboxGate;
  /** Requests under way, waiting ones too. */
  #requests = 0;
  #onIdle: () => void = () => undefined;

  constructor(options: ExchangeBackendOptions) {
    this.#options = options;
    this.#endpoint = new EwsEndpoint(options);
    this.#gate = new MailboxGate(options.throttling, options.gateEvents, { sharing: options.gateSharing });
  }

  serviceOf(): 'ews' {
    return this.name;
  }

  async answer(request: EwsRequest, client: ServerResponse): Promise<Outcome | Blocked> {
    const { mailbox, caller, operation, priority } = request;
    this.#requests++;
    let slot: Slot | undefined;
    try {
      const token = await this.#options.tokens.for(mailbox).get();
      // A connection that hangs for half an hour takes no slot.
      if (!isHanging(operation)) {
        const acquired = this.#gate.acquire({ mailbox, caller, client, priority });
        slot = acquired instanceof Promise ? await acquired : acquired;
      }
      return await this.#forward(request, client, token, slot);
    } finally {
      slot?.release();
      const { onChange } = this.#options;
      if (onChange !== undefined && !onlyReads(operation)) onChange();
      if (--this.#requests === 0) this.#onIdle();
    }
  }

  async document(request: DocumentRequest, client: ServerResponse): Promise<Outcome> {
    const { document, mailbox } = request;
    const cacheable = this.#documents.serves(document, request.headers);
    const cached = cacheable ? this.#documents.answer(document, client) : undefined;
    if (cached !== undefined) return cached;
    const tokens = this.#options.tokens.for(mailbox);
    let token = await tokens.get();
    const copy = cacheable ? this.#documents.copy(document) : undefined;
    const call = this.#endpoint.get(request, client, cacheable);
    call.watch = copy?.push;
    let result = await call.send(token);
    if (result.kind === 'broken') result = await call.send(token);
    if (result.kind === 'held' && result.status === 401 && tokens.reject(token)) {
      token = await tokens.get();
      result = await call.send(token);
    }
    copy?.keep(result);
    return outcomeOf(result, undefined, call, client);
  }

  ready(): Promise<readonly TokenState[]> {
    return this.#options.tokens.ready();
  }

  status(): BackendStatus {
    const { name } = this;
    const { tokens } = this.#options;
    return {
      name,
      gate: this.#gate.status(),
      connections: this.#endpoint.connections,
      tokens: tokens.status(),
    };
  }

  async close(): Promise<void> {
    // Those that wait for a slot have not sent anything yet, and may still need a token.
    if (this.#requests > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#gate.close();
    await this.#endpoint.close();
    await this.#options.tokens.close();
  }

  async #forward(
    request: EwsRequest,
    client: ServerResponse,
    first: AccessToken,
    slot: Slot | undefined,
  ): Promise<Outcome | Blocked> {
    const { body, operation } = request;
    const call = this.#endpoint.post(request, client);
    const tokens = this.#options.tokens.for(request.mailbox);
    const impersonate = this.#impersonation(request);
    const send = (token: AccessToken): Promise<CallResult> => {
      const { content, length } = body.send((received) =>
        this.#options.heads.rewrite(received, request.head, impersonate),
      );
      // What is here in one piece goes without streaming, with its own length.
      if (length !== undefined) call.headers['content-length'] = String(length);
      return call.send(token, content);
    };
    let token = first;
    let tokenRenewed = false;
    let repeated = false;
    for (let retries = 0; ;) {
      const result = await send(token);
      const fault = faultOf(result);
      const state: RetryState = {
        readsOnly: onlyReads(operation),
        // What is too large to be kept is not sent again; see request-body.ts.
        replayable: body.replayable,
        tokenRenewed,
        repeated,
        retries,
        // Without a slot it does not wait.
        patience: slot?.patience ?? Number.NEGATIVE_INFINITY,
      };
      const decision = decide(result, fault, state);
      if ('cooldown' in decision && slot !== undefined) this.#gate.coolDown(request.mailbox, decision.cooldown);
      if (decision.next === 'repeat') repeated ||= result.kind === 'broken' && result.sent;
      else if (decision.next === 'retry' && slot !== undefined) {
        retries++;
        await slot.reacquire();
      } else if (decision.next === 'renew token' && tokens.reject(token)) {
        if (!body.replayable) throw tokenTooLate();
        tokenRenewed = true;
      } else if (result.kind !== 'broken' && isBlock(result) && body.replayable) {
        return { blockedBy: statusError(result.status, result.headers, call.context()) };
      } else return outcomeOf(result, fault, call, client);
      token = await tokens.get();
    }
  }

  /** Who the request acts as; nobody else where the token is the mailbox's own. */
  #impersonation({ head, mailbox }: EwsRequest): ConnectingSid | undefined {
    const { flow, connectingSid } = this.#options.registration;
    if (flow === 'delegated') return undefined;
    return {
      type: connectingSid === 'auto' ? connectingSidType(head.requestServerVersion) : connectingSid,
      value: mailbox,
    };
  }
}

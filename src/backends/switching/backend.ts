/**
 * `backend: auto`: EWS as long as Exchange serves it to a mailbox, then Microsoft Graph, for good. Which proof that
 * takes is decided in decide-switch.ts; here are the questions that it needs, and what is remembered of a mailbox.
 *
 * The request that meets the block is answered by Graph: EWS has done nothing of it then.
 */
import type { ServerResponse } from 'node:http';
import type { BackendName, RegistrationConfig } from '../../config/types.ts';
import { GatewayError } from '../../errors.ts';
import { ewsDaysLeft } from '../../ews-end.ts';
import type { TokenState } from '../../tokens/token-set.ts';
import type {
  Backend,
  BackendStatus,
  Blocked,
  DocumentRequest,
  EwsRequest,
  Outcome,
  ServiceName,
  SwitchStatus,
} from '../backend.ts';
import type { Clock } from '../clock.ts';
import { combinedStatus } from '../combined-status.ts';
import { NO_SINK } from '../own-request.ts';
import type { BackendChoices, Choice } from './choices.ts';
import { decideSwitch, signOf, type GraphSign, type SwitchFacts } from './decide-switch.ts';
import { MailboxMemory, rememberGraph, type Seen } from './mailbox-memory.ts';
import { openInbox, type InboxReply } from './open-inbox.ts';
import { Priming } from './priming.ts';
import { switchStatuses } from './switch-statuses.ts';
import { noticeOf, openAgain, reasonFor } from './texts.ts';

export interface SwitchingOptions {
  readonly registration: RegistrationConfig;
  readonly ews: Backend;
  readonly graph: Backend;
  readonly choices: BackendChoices;
  readonly clock: Clock;
  /** Told once for each mailbox that Graph takes over. */
  readonly onSwitch: (mailbox: string, choice: Choice) => void;
  /** Told where a choice counts, but could not be written. */
  readonly onUnsaved: (mailbox: string, error: unknown) => void;
}

/** A larger body may be too large to be sent again: EWS is proven before. In bytes. */
const PROVEN_BEYOND = 256 * 1024;
/** So long a success of EWS is proof enough, in milliseconds. */
const PROOF_LASTS = 60_000;
/** How often it is looked whether EWS is open again, in milliseconds. */
const LOOK_AGAIN = 6 * 3_600_000;

const SIGNS: Readonly<Record<InboxReply['kind'], GraphSign>> = { opens: 'opens', refuses: 'refuses', busy: 'busy' };

export class SwitchingBackend implements Backend {
  readonly name = 'auto';
  readonly #options: SwitchingOptions;
  readonly #memory = new MailboxMemory();
  readonly #priming: Priming;
  readonly #looks = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  /** Requests under way: between the two services none of them would count one. */
  #requests = 0;
  #onIdle: () => void = () => undefined;

  constructor(options: SwitchingOptions) {
    this.#options = options;
    const { graph, clock } = options;
    const isChosen = (mailbox: string): boolean => this.#choiceOf(mailbox) !== undefined;
    this.#priming = new Priming({ graph, clock, memory: this.#memory, isChosen });
  }

  serviceOf(mailbox: string): ServiceName {
    return this.#choiceOf(mailbox)?.service ?? 'ews';
  }

  async answer(request: EwsRequest, client: ServerResponse): Promise<Outcome | Blocked> {
    this.#requests++;
    try {
      const { ews, graph } = this.#options;
      const choice = this.#choiceOf(request.mailbox);
      if (choice?.service === 'graph') {
        if (!choice.isSet) this.#lookAgain(request);
        return await graph.answer(request, client);
      }
      return choice === undefined ? await this.#answer(request, client) : await ews.answer(request, client);
    } finally {
      if (--this.#requests === 0) this.#onIdle();
    }
  }

  async document(request: DocumentRequest, client: ServerResponse): Promise<Outcome> {
    const { ews, graph } = this.#options;
    if (this.serviceOf(request.mailbox) === 'graph') return graph.document(request, client);
    try {
      return await ews.document(request, client);
    } catch (error) {
      // A document alone switches nothing: it does not say which mailbox is blocked.
      if (signOf(GatewayError.from(error)) === 'blocked') return graph.document(request, client);
      throw error;
    }
  }

  /** Ready where one of the services is: a mailbox that EWS refuses goes to Graph by itself. */
  async ready(): Promise<readonly TokenState[]> {
    const [ews, graph] = await Promise.all([this.#options.ews.ready(), this.#options.graph.ready()]);
    const works = (states: readonly TokenState[]): boolean => states.every(({ problem }) => problem === undefined);
    if (works(ews)) return [...ews, ...asSpare(graph, 'EWS answers; Microsoft Graph could not take over')];
    if (works(graph)) return [...asSpare(ews, 'Microsoft Graph answers in place of EWS'), ...graph];
    return [...ews, ...graph];
  }

  status(): BackendStatus {
    const { ews, graph } = this.#options;
    const switches = this.#switches();
    const both = combinedStatus(this.name, [ews, graph]);
    const tokens = [
      ...ews.status().tokens,
      // Before Graph answers anything, that there is no token is a notice for later, and no failure.
      ...graph.status().tokens.filter(({ problem }) => problem === undefined || usesGraph(switches)),
    ];
    return { ...both, tokens, switches };
  }

  /** @param setting auto: EWS again, until it is blocked @throws Error where it cannot be kept beyond a restart */
  choose(mailbox: string, setting: BackendName, reason: string): void {
    const { choices, registration, clock } = this.#options;
    this.#memory.forget(mailbox);
    const since = new Date(clock.wall()).toISOString();
    const choice = setting === 'auto' ? undefined : { service: setting, isSet: true, since, reason };
    choices.choose(registration.name, mailbox, choice);
  }

  async close(): Promise<void> {
    if (this.#requests > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#closing.abort();
    await Promise.all([...this.#looks, this.#priming.close()]);
    await Promise.all([this.#options.ews.close(), this.#options.graph.close()]);
  }

  /** By EWS, or by Graph from this request on. */
  async #answer(request: EwsRequest, client: ServerResponse): Promise<Outcome | Blocked> {
    const { ews } = this.#options;
    const seen = this.#memory.of(request.mailbox);
    if (this.#needsProof(request, seen)) {
      const proof = await openInbox(ews, request, request.sink);
      if (proof.kind === 'opens') this.#served(seen);
      else if (proof.error !== undefined && (await this.#takesOver(request, seen, proof.error)))
        return this.#answerByGraph(request, client);
    }
    let met: GatewayError;
    try {
      const outcome = await ews.answer(request, client);
      if (!('blockedBy' in outcome)) {
        this.#served(seen);
        this.#priming.note(request);
        return outcome;
      }
      met = outcome.blockedBy;
    } catch (error) {
      met = GatewayError.from(error);
    }
    if (await this.#takesOver(request, seen, met)) return this.#answerByGraph(request, client);
    throw met;
  }

  async #answerByGraph(request: EwsRequest, client: ServerResponse): Promise<Outcome | Blocked> {
    if (request.body.replayable) return this.#options.graph.answer(request, client);
    throw new GatewayError(
      'UPSTREAM_BUSY',
      'Exchange has refused EWS in the middle of a large request. Microsoft Graph answers from now on: try again.',
      { backOffMilliseconds: 1_000 },
    );
  }

  /**
   * Whether Graph answers the mailbox from now on, and what is noted of it.
   *
   * @throws GatewayError UPSTREAM_BUSY where EWS is blocked and Graph cannot be asked at the moment
   */
  async #takesOver(request: EwsRequest, seen: Seen, met: GatewayError): Promise<boolean> {
    const { registration, clock } = this.#options;
    const { mailbox } = request;
    const ews = signOf(met);
    if (ews === 'unclear') return false;
    const now = clock.monotonic();
    seen.failingSince ??= now;
    const daysLeft = ewsDaysLeft(registration.ewsUrl, clock.wall());
    const facts: SwitchFacts = {
      ews,
      graph: 'not asked',
      ended: daysLeft !== undefined && daysLeft <= 0,
      failingFor: now - seen.failingSince,
      graphOnAccessDenied: registration.graphOnAccessDenied,
    };
    if (decideSwitch(facts) === 'stay') return false;
    const reply = await this.#askGraph(request, seen);
    // Another request was quicker, or an administrator has chosen meanwhile.
    const chosen = this.#choiceOf(mailbox);
    if (chosen !== undefined) return chosen.service === 'graph';
    const reason = reasonFor(met);
    if (decideSwitch({ ...facts, graph: SIGNS[reply.kind] }) === 'switch') {
      this.#switch(mailbox, reason);
      return true;
    }
    seen.notice = { since: clock.wall(), reason, text: noticeOf(mailbox, reply) };
    if (ews === 'blocked' && reply.kind === 'busy')
      throw new GatewayError(
        'UPSTREAM_BUSY',
        `${reason}, and Microsoft Graph, which would take over, cannot answer at the moment: ${reply.text}`,
        { backOffMilliseconds: reply.error?.backOffMilliseconds ?? 10_000 },
      );
    return false;
  }

  async #askGraph(request: EwsRequest, seen: Seen): Promise<InboxReply> {
    const { graph, clock } = this.#options;
    if (seen.graph !== undefined && seen.graph.until > clock.monotonic()) return seen.graph.reply;
    seen.asking ??= openInbox(graph, request, request.sink).finally(() => (seen.asking = undefined));
    const reply = await seen.asking;
    rememberGraph(seen, reply, clock.monotonic());
    return reply;
  }

  #switch(mailbox: string, reason: string): void {
    const { choices, registration, clock, onSwitch, onUnsaved } = this.#options;
    const choice: Choice = { service: 'graph', isSet: false, since: new Date(clock.wall()).toISOString(), reason };
    const seen = this.#memory.of(mailbox);
    seen.notice = undefined;
    seen.unprimed = undefined;
    seen.lookedAt = clock.monotonic();
    try {
      choices.choose(registration.name, mailbox, choice);
    } catch (error) {
      onUnsaved(mailbox, error);
    }
    onSwitch(mailbox, choice);
  }

  /** Looks rarely, beside a request, whether EWS is open again. What it finds is shown and changes nothing. */
  #lookAgain(request: EwsRequest): void {
    const { ews, clock } = this.#options;
    const { mailbox } = request;
    const seen = this.#memory.of(mailbox);
    const now = clock.monotonic();
    // After a start nothing is known: then it is looked at once.
    if (seen.lookedAt !== undefined && now - seen.lookedAt < LOOK_AGAIN) return;
    seen.lookedAt = now;
    const look = openInbox(ews, request, NO_SINK, { ending: this.#closing.signal }).then(({ kind }) => {
      seen.notice = kind === 'opens' ? { since: clock.wall(), reason: '', text: openAgain(mailbox) } : undefined;
    });
    this.#looks.add(look);
    void look.finally(() => this.#looks.delete(look));
  }

  /** Whether EWS is to be asked before a body that may be too large to be sent again. */
  #needsProof({ body, headers }: EwsRequest, { servedAt }: Seen): boolean {
    if (body.ended && body.received <= PROVEN_BEYOND) return false;
    // Of a body in chunks the length is not known.
    if (!body.ended && Number(headers['content-length']) <= PROVEN_BEYOND) return false;
    return servedAt === undefined || this.#options.clock.monotonic() - servedAt > PROOF_LASTS;
  }

  #served(seen: Seen): void {
    seen.servedAt = this.#options.clock.monotonic();
    seen.failingSince = undefined;
    seen.notice = undefined;
  }

  #choiceOf(mailbox: string): Choice | undefined {
    const { choices, registration } = this.#options;
    return choices.of(registration.name, mailbox);
  }

  #switches(): SwitchStatus[] {
    const { choices, registration } = this.#options;
    return switchStatuses(choices.all(registration.name), this.#memory.notices());
  }
}

/** What is missing of one service is no trouble while the other one answers. */
function asSpare(states: readonly TokenState[], spare: string): TokenState[] {
  return states.map((state) => (state.problem === undefined ? state : { ...state, spare }));
}

function usesGraph(switches: readonly SwitchStatus[]): boolean {
  return switches.some(({ service }) => service === 'graph');
}

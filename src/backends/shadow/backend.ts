/**
 * `shadow: graph`: requests that only read, and that EWS has answered, are put to Graph too, and both answers
 * compared. The client waits for nothing of that: it has its answer before Graph is asked.
 *
 * There is one lane: one request at a time, at the lowest priority, with a rest after each that keeps the work below a
 * tenth of the process. What comes while the queue is full is not compared.
 */
import type { ServerResponse } from 'node:http';
import { onlyReads } from '../../ews/operations.ts';
import { pause } from '../../network/abort.ts';
import type { TokenState } from '../../tokens/token-set.ts';
import type { Backend, BackendStatus, Blocked, DocumentRequest, EwsRequest, Outcome, ServiceName } from '../backend.ts';
import { coverageOf } from '../graph/coverage.ts';
import { askBackend, NO_SINK } from '../own-request.ts';
import { compareAnswers, MAX_COMPARED_BYTES, type Difference } from './compare.ts';
import { RecordedAnswer } from './recorded-answer.ts';
import { ShadowResults } from './results.ts';

export interface ShadowOptions {
  /** What answers the client. */
  readonly answering: Backend;
  readonly graph: Backend;
  /** Whether nobody else closes Graph's backend. */
  readonly ownsGraph: boolean;
}

/** What is compared later. */
interface Job {
  readonly request: EwsRequest;
  readonly envelope: Buffer;
  readonly ews: Buffer;
}

const MAX_WAITING = 16;
const PATIENCE = 60_000;
/** After each comparison it rests for so many times of what the comparison took. */
const REST = 10;
/** States and marks of one service mean nothing to the other; a list of zones is the gateway's own. */
const NOT_SHADOWED: ReadonlySet<string> = new Set(['SyncFolderItems', 'SyncFolderHierarchy', 'GetServerTimeZones']);
/** Asks for MIME content, which is large, and which Graph writes in its own way. */
const MIME = /IncludeMimeContent>\s*(?:true|1)|item:MimeContent/;

export class ShadowBackend implements Backend {
  readonly name;
  readonly results = new ShadowResults();
  readonly #options: ShadowOptions;
  readonly #waiting: Job[] = [];
  readonly #closing = new AbortController();
  #lane: Promise<void> | undefined;
  /** For how long the comparison under way has held the process up, in milliseconds. */
  #busy = 0;

  constructor(options: ShadowOptions) {
    this.#options = options;
    this.name = options.answering.name;
  }

  serviceOf(mailbox: string): ServiceName {
    return this.#options.answering.serviceOf(mailbox);
  }

  async answer(request: EwsRequest, client: ServerResponse): Promise<Outcome | Blocked> {
    const { answering } = this.#options;
    if (!this.#isCompared(request)) return answering.answer(request, client);
    const answer = new RecordedAnswer(client, MAX_COMPARED_BYTES);
    const outcome = await answering.answer(request, client);
    if (!('blockedBy' in outcome) && outcome.status === 200 && this.serviceOf(request.mailbox) === 'ews')
      this.#enqueue(request, answer);
    return outcome;
  }

  document(request: DocumentRequest, client: ServerResponse): Promise<Outcome> {
    return this.#options.answering.document(request, client);
  }

  ready(): Promise<readonly TokenState[]> {
    return this.#options.answering.ready();
  }

  status(): BackendStatus {
    return {
      ...this.#options.answering.status(),
      shadow: this.results.all(),
      shadowOfCallers: this.results.byCaller(),
    };
  }

  async close(): Promise<void> {
    const { answering, graph, ownsGraph } = this.#options;
    this.#waiting.length = 0;
    this.#closing.abort();
    await this.#lane;
    await answering.close();
    if (ownsGraph) await graph.close();
  }

  #isCompared({ operation, mailbox }: EwsRequest): boolean {
    return (
      this.#waiting.length < MAX_WAITING &&
      !this.#closing.signal.aborted &&
      onlyReads(operation) &&
      !NOT_SHADOWED.has(operation) &&
      coverageOf(operation).served !== 'no' &&
      this.serviceOf(mailbox) === 'ews'
    );
  }

  #enqueue(request: EwsRequest, answer: RecordedAnswer): void {
    const { body } = request;
    if (!body.ended || !body.replayable || body.received > MAX_COMPARED_BYTES) return;
    const envelope = body.beginning();
    const ews = answer.content();
    if (ews === undefined || MIME.test(envelope.toString('latin1'))) return;
    if (this.#waiting.length >= MAX_WAITING || this.#closing.signal.aborted) return;
    this.#waiting.push({ request, envelope, ews });
    this.#lane ??= this.#work().finally(() => (this.#lane = undefined));
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing;
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      this.#busy = 0;
      await this.#compare(job);
      await pause(this.#busy * REST, signal, false);
    }
  }

  /**
   * A difference is looked at once more, as the mailbox may have changed between the two answers: it counts where it is
   * still there while EWS itself says the same as before.
   */
  async #compare({ request, envelope, ews }: Job): Promise<void> {
    const { graph, answering } = this.#options;
    const first = await this.#ask(graph, request, envelope);
    if (this.#closing.signal.aborted) return;
    const differences = this.#differences(ews, first);
    if (differences?.length === 0) {
      this.results.enter(request, differences);
      return;
    }
    const now = await this.#ask(answering, request, envelope);
    const second = await this.#ask(graph, request, envelope);
    if (this.#closing.signal.aborted || this.#differences(ews, now)?.length !== 0) return;
    this.results.enter(request, this.#differences(ews, second));
  }

  #differences(ews: Buffer, other: Buffer | undefined): readonly Difference[] | undefined {
    if (other === undefined) return undefined;
    const started = performance.now();
    const differences = compareAnswers(ews, other);
    this.#busy += performance.now() - started;
    return differences;
  }

  /** @returns the answer, undefined where there is none, or a fault */
  async #ask(backend: Backend, request: EwsRequest, envelope: Buffer): Promise<Buffer | undefined> {
    const answer = await askBackend(backend, request, {
      operation: request.operation,
      envelope,
      signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(PATIENCE)]),
      sink: NO_SINK,
      patience: PATIENCE,
      priority: 'shadow',
    });
    return answer.kind === 'answer' && answer.status === 200 ? answer.content : undefined;
  }
}

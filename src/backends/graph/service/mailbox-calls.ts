/** Calls to Graph for one mailbox, on behalf of one request. */
import type { Readable } from 'node:stream';
import { batch, type BatchStep, type StepResult } from './batch.ts';
import type { GraphClient } from './client.ts';
import type { CallContext, GraphAnswer, GraphCall } from './graph-call.ts';
import type { ContentIdSelect } from '../attachments/content-id-select.ts';
import { GraphError } from './graph-error.ts';
import { withQuery, type MailboxPath } from './paths.ts';

export type Query = Readonly<Record<string, string | number | undefined>>;

/** A page of a list. */
export interface GraphList<T> {
  readonly 'value': readonly T[];
  readonly '@odata.nextLink'?: string;
  readonly '@odata.count'?: number;
}

/** What calls tell each other. */
export interface SharedByCalls {
  readonly contentIds: ContentIdSelect;
  /** Called when a call that changes the mailbox was answered, or may have been carried out. */
  onChange(): void;
}

export class MailboxCalls {
  readonly #client: GraphClient;
  readonly #context: CallContext;
  /** /users/ADDRESS or /me */
  readonly root: MailboxPath;

  readonly #shared: SharedByCalls;

  constructor(client: GraphClient, context: CallContext, root: MailboxPath, shared: SharedByCalls) {
    this.#client = client;
    this.#context = context;
    this.root = root;
    this.#shared = shared;
  }

  /** How long the client still waits, in milliseconds. */
  get patience(): number {
    return this.#context.deadline - performance.now();
  }

  /** @param path behind the mailbox: /messages/… @throws GraphError or GatewayError */
  async get<T>(path: string, query: Query = {}, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    return this.#shared.contentIds.read(withQuery(`${this.root}${path}`, query), async (whole) => {
      return (await this.#client.json<T>({ method: 'GET', path: whole, headers }, this.#context)).value;
    });
  }

  /** Reads outside of the mailbox: the directory. @param path below /v1.0 */
  async directory<T>(path: string, query: Query): Promise<T> {
    return (await this.#client.json<T>({ method: 'GET', path: withQuery(path, query) }, this.#context)).value;
  }

  /** Follows `@odata.nextLink`, which is opaque; only its path and query are used, never its host. */
  async next<T>(link: string, headers: Readonly<Record<string, string>> = {}): Promise<GraphList<T>> {
    const { pathname, search } = new URL(link);
    const path = `${pathname.replace(/^\/v1\.0/, '')}${search}`;
    return (await this.#client.json<GraphList<T>>({ method: 'GET', path, headers }, this.#context)).value;
  }

  /** Never sent again where it may have been carried out, unless that would do no harm. */
  async post<T>(path: string, body?: unknown, options: Pick<GraphCall, 'headers' | 'repeatable'> = {}): Promise<T> {
    return this.#changing<T>({ method: 'POST', path: `${this.root}${path}`, body, ...options });
  }

  /** A question that is posted, and changes nothing. */
  async ask<T>(path: string, body: unknown): Promise<T> {
    const call = { method: 'POST', path: `${this.root}${path}`, body, repeatable: 'always' } as const;
    return (await this.#client.json<T>(call, this.#context)).value;
  }

  /** Posts MIME. @param base64 of it, as bytes */
  async postMime<T>(path: string, base64: Buffer): Promise<T> {
    const headers = { 'content-type': 'text/plain' };
    const call = { method: 'POST', path: `${this.root}${path}`, body: base64, headers } as const;
    return this.#changing<T>(call);
  }

  /** Overwrites what somebody else has written at that moment, unless it is said not to. */
  async patch<T>(path: string, body: unknown, options: Pick<GraphCall, 'overwrites'> = {}): Promise<T> {
    return this.#changing<T>({ method: 'PATCH', path: `${this.root}${path}`, body, ...options });
  }

  /** Never sent again where it may have been carried out: a second time Graph would not find what it is about. */
  async delete(path: string): Promise<void> {
    await this.#changing({ method: 'DELETE', path: `${this.root}${path}`, repeatable: 'unless carried out' });
  }

  /** Calls an upload session. @param range of a PUT, as Content-Range has it */
  async upload<T>(session: URL, method: 'GET' | 'PUT', bytes?: Buffer, range?: string): Promise<GraphAnswer<T>> {
    const headers: Record<string, string> =
      range === undefined ? {} : { 'content-type': 'application/octet-stream', 'content-range': range };
    // A range that got no answer may have been taken: the session knows.
    const repeatable = method === 'GET' ? 'always' : 'unless carried out';
    try {
      return await this.#client.json<T>({ method, path: session, headers, body: bytes, repeatable }, this.#context);
    } finally {
      // The last piece makes the attachment.
      if (method === 'PUT') this.#shared.onChange();
    }
  }

  /** Bytes as they come. The slot is kept until the stream is closed. */
  async stream(path: string): Promise<Readable> {
    const call = { method: 'GET', path: `${this.root}${path}`, headers: { accept: '*/*' } } as const;
    return (await this.#client.stream(call, this.#context)).value;
  }

  /** One result for each step, in their order; paths are those behind the mailbox. A single step goes without batch. */
  async batch<T>(steps: readonly BatchStep[]): Promise<StepResult<T>[]> {
    const [only, ...more] = steps;
    if (only === undefined) return [];
    if (more.length === 0) return [await this.#single<T>(only)];
    const changes = steps.some(({ method }) => method !== 'GET');
    const absolute = steps.map((step) => ({ ...step, path: `${this.root}${step.path}` }));
    try {
      return await this.#shared.contentIds.readAll(absolute, (some) => batch<T>(this.#client, some, this.#context));
    } finally {
      if (changes) this.#shared.onChange();
    }
  }

  async #changing<T>(call: GraphCall): Promise<T> {
    try {
      return (await this.#client.json<T>(call, this.#context)).value;
    } finally {
      this.#shared.onChange();
    }
  }

  async #single<T>({ method, path, headers, body }: BatchStep): Promise<StepResult<T>> {
    const call = { method, body, ...(headers === undefined ? {} : { headers }) };
    try {
      return await this.#shared.contentIds.read(`${this.root}${path}`, async (whole) => ({
        value: (await this.#client.json<T>({ ...call, path: whole }, this.#context)).value,
      }));
    } catch (error) {
      if (error instanceof GraphError) return { error };
      throw error;
    } finally {
      if (method !== 'GET') this.#shared.onChange();
    }
  }
}

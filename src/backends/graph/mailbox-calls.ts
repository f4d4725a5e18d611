/** Calls to Graph for one mailbox, on behalf of one request. */
import type { Readable } from 'node:stream';
import { batch, type BatchStep, type StepResult } from './batch.ts';
import type { CallContext, GraphAnswer, GraphClient } from './client.ts';
import { GraphError } from './graph-error.ts';
import { withQuery, type MailboxPath } from './paths.ts';
import type { Repeatable } from './retry-policy.ts';

export type Query = Readonly<Record<string, string | number | undefined>>;

/** A page of a list. */
export interface GraphList<T> {
  readonly 'value': readonly T[];
  readonly '@odata.nextLink'?: string;
  readonly '@odata.count'?: number;
}

export class MailboxCalls {
  readonly #client: GraphClient;
  readonly #context: CallContext;
  /** /users/ADDRESS or /me */
  readonly root: MailboxPath;

  constructor(client: GraphClient, context: CallContext, root: MailboxPath) {
    this.#client = client;
    this.#context = context;
    this.root = root;
  }

  /** How long the client still waits, in milliseconds. */
  get patience(): number {
    return this.#context.deadline - performance.now();
  }

  /** @param path behind the mailbox: /messages/… @throws GraphError or GatewayError */
  async get<T>(path: string, query: Query = {}, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const call = { method: 'GET', path: withQuery(`${this.root}${path}`, query), headers } as const;
    return (await this.#client.json<T>(call, this.#context)).value;
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

  /** Never sent again where it may have been carried out. */
  async post<T>(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const call = { method: 'POST', path: `${this.root}${path}`, body, headers } as const;
    return (await this.#client.json<T>(call, this.#context)).value;
  }

  /** Posts MIME. @param base64 of it, as bytes */
  async postMime<T>(path: string, base64: Buffer): Promise<T> {
    const headers = { 'content-type': 'text/plain' };
    const call = { method: 'POST', path: `${this.root}${path}`, body: base64, headers } as const;
    return (await this.#client.json<T>(call, this.#context)).value;
  }

  async patch<T>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const call = { method: 'PATCH', path: `${this.root}${path}`, body, headers } as const;
    return (await this.#client.json<T>(call, this.#context)).value;
  }

  /** @param repeatable whether it is sent again without a look at what the first call did */
  async delete(path: string, repeatable: Repeatable = 'always'): Promise<void> {
    await this.#client.json({ method: 'DELETE', path: `${this.root}${path}`, repeatable }, this.#context);
  }

  /** Calls an upload session. @param range of a PUT, as Content-Range has it */
  async upload<T>(session: URL, method: 'GET' | 'PUT', bytes?: Buffer, range?: string): Promise<GraphAnswer<T>> {
    const headers: Record<string, string> =
      range === undefined ? {} : { 'content-type': 'application/octet-stream', 'content-range': range };
    // A range that got no answer may have been taken: the session knows.
    const repeatable = method === 'GET' ? 'always' : 'unless carried out';
    return this.#client.json<T>({ method, path: session, headers, body: bytes, repeatable }, this.#context);
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
    const absolute = steps.map((step) => ({ ...step, path: `${this.root}${step.path}` }));
    return batch<T>(this.#client, absolute, this.#context);
  }

  async #single<T>({ method, path, headers, body }: BatchStep): Promise<StepResult<T>> {
    const call = { method, path: `${this.root}${path}`, body, ...(headers === undefined ? {} : { headers }) };
    try {
      return { value: (await this.#client.json<T>(call, this.#context)).value };
    } catch (error) {
      if (error instanceof GraphError) return { error };
      throw error;
    }
  }
}

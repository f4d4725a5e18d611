/** How msal-node reaches Entra: with time-outs, and so that what Entra really answered is not lost. */
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { request, type Dispatcher } from 'undici';
import { connectFailure } from '../network/outbound.ts';
import { parseRetryAfter } from '../network/retry-after.ts';

const MAX_ANSWER_BYTES = 256 * 1024;

/** msal-node's way to the network, with time-outs, that remembers the last answer. */
export class RecordingNetwork implements INetworkModule {
  status: number | undefined;
  retryAfter: number | undefined;
  answer = '';
  /** The refresh token of the last answer, if it brought one. */
  refreshToken: string | undefined;
  /** Why there was no answer at all. */
  failure: string | undefined;
  readonly #dispatcher: Dispatcher;
  readonly #timeout: number;
  readonly #consents: readonly string[];

  /**
   * @param consents scopes that a device code is asked for besides those of its token. Entra lets a person consent to
   *   several services at once there, and refuses them at the token endpoint; msal-node asks both for the same.
   * @see https://github.com/MicrosoftDocs/azure-docs/issues/42565
   */
  constructor(dispatcher: Dispatcher, timeout: number, consents: readonly string[] = []) {
    this.#dispatcher = dispatcher;
    this.#timeout = timeout;
    this.#consents = consents;
  }

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send('GET', url, options);
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    const body =
      URL.parse(url)?.pathname.endsWith('/devicecode') === true ? this.#widened(options?.body) : options?.body;
    return this.#send('POST', url, body === undefined ? options : { ...options, body });
  }

  #widened(body: string | undefined): string | undefined {
    if (body === undefined || this.#consents.length === 0) return body;
    const form = new URLSearchParams(body);
    form.set('scope', [...this.#consents, form.get('scope') ?? ''].join(' ').trim());
    return form.toString();
  }

  async #send<T>(
    method: 'GET' | 'POST',
    url: string,
    options: NetworkRequestOptions | undefined,
  ): Promise<NetworkResponse<T>> {
    this.status = undefined;
    this.retryAfter = undefined;
    this.answer = '';
    try {
      const response = await request(url, {
        method,
        dispatcher: this.#dispatcher,
        headers: options?.headers ?? {},
        body: options?.body ?? null,
        signal: AbortSignal.timeout(this.#timeout),
      });
      this.status = response.statusCode;
      this.retryAfter = parseRetryAfter(response.headers['retry-after']);
      const text = await readText(response.body);
      this.answer = response.statusCode < 400 ? '' : text;
      const body = JSON.parse(text) as T & { readonly refresh_token?: unknown };
      if (typeof body.refresh_token === 'string') this.refreshToken = body.refresh_token;
      return { headers: flatten(response.headers), body, status: response.statusCode };
    } catch (error) {
      if (this.status === undefined) this.failure = reasonOf(error, this.#timeout);
      throw error;
    }
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function reasonOf(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${timeout / 1000} s`;
  return connectFailure(error);
}

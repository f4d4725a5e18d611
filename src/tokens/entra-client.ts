/**
 * Fetches one token from Entra ID with the client credentials grant, through @azure/msal-node.
 *
 * msal-node does the protocol (client assertions, authorities); what to cache and when to try again
 * is decided in token-source.ts. Each fetch therefore uses a fresh ConfidentialClientApplication,
 * whose throttling and caches cannot outlive it, and an own network client with time-outs, which
 * also keeps what Entra really answered: msal-node reports neither Retry-After nor a 5xx without
 * JSON (it resolves with an empty token).
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
import { ConfidentialClientApplication, type Configuration, type INetworkModule, type NetworkRequestOptions, type NetworkResponse } from '@azure/msal-node';
import { request, type Dispatcher } from 'undici';
import type { RegistrationConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { parseRetryAfter } from '../retry-after.ts';
import { aadstsNumber, explainAadsts } from './aadsts.ts';

export interface AccessToken {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/** Fetches a token; rejects with a {@link TokenError}. */
export type FetchToken = () => Promise<AccessToken>;

/** Why there is no token, and whether and when it makes sense to ask again. */
export class TokenError extends GatewayError {
  readonly transient: boolean;
  /** What Entra asked for with Retry-After, in milliseconds. */
  readonly retryAfter: number | undefined;
  readonly aadsts: number | undefined;

  constructor(message: string, details: { transient: boolean; retryAfter?: number | undefined; aadsts?: number | undefined; cause?: unknown }) {
    super(details.transient ? 'TOKEN_UNAVAILABLE' : 'TOKEN_REFUSED', message, {
      cause: details.cause,
      ...(details.transient ? { backOffMilliseconds: details.retryAfter ?? 10_000 } : {}),
    });
    this.name = 'TokenError';
    this.transient = details.transient;
    this.retryAfter = details.retryAfter;
    this.aadsts = details.aadsts;
  }
}

const TIMEOUT_MILLISECONDS = 15_000;
const MAX_ANSWER_BYTES = 256 * 1024;

export interface EntraClientOptions {
  readonly dispatcher: Dispatcher;
  /** How long Entra may take for an answer, in milliseconds. */
  readonly timeout?: number;
}

/** Entra's numbers for a secret that is wrong or has expired. */
const REFUSED_SECRET: ReadonlySet<number | undefined> = new Set([7000215, 7000222]);

/**
 * @returns a function that fetches one fresh token for the registration each time it is called. Where
 *   there are two secrets, it goes on with the other one as soon as one is refused.
 */
export function entraClient(registration: RegistrationConfig, options: EntraClientOptions): FetchToken {
  const { credential } = registration;
  const secrets = credential.kind === 'secret' ? [credential.secret, ...(credential.nextSecret === undefined ? [] : [credential.nextSecret])] : [undefined];
  let current = 0;
  return async () => {
    for (let tries = 1; ; tries++) {
      try {
        return await fetchOnce(registration, secrets[current], options);
      } catch (error) {
        if (tries === secrets.length || !(error instanceof TokenError) || !REFUSED_SECRET.has(error.aadsts)) throw error;
        current = (current + 1) % secrets.length;
      }
    }
  };
}

async function fetchOnce(registration: RegistrationConfig, secret: string | undefined, options: EntraClientOptions): Promise<AccessToken> {
  const network = new RecordingNetwork(options.dispatcher, options.timeout ?? TIMEOUT_MILLISECONDS);
  const application = new ConfidentialClientApplication(msalConfiguration(registration, secret, network));
  const now = Date.now();
  try {
    const result = await application.acquireTokenByClientCredential({ scopes: [registration.scope], skipCache: true });
    const value = result?.accessToken ?? '';
    if (value === '') throw new Error('the answer holds no token');
    return { value, obtainedAt: now, expiresAt: result?.expiresOn?.getTime() ?? now + 3_600_000 };
  } catch (error) {
    throw tokenError(registration, network, error);
  }
}

function msalConfiguration(registration: RegistrationConfig, secret: string | undefined, networkClient: INetworkModule): Configuration {
  const { credential, loginOrigin } = registration;
  return {
    auth: {
      clientId: registration.clientId,
      authority: `${loginOrigin}/${registration.tenantId}`,
      knownAuthorities: [new URL(loginOrigin).host],
      ...(credential.kind === 'secret'
        ? { clientSecret: secret ?? credential.secret }
        : {
            clientCertificate: {
              thumbprintSha256: credential.thumbprintSha256,
              privateKey: credential.privateKey,
              ...(credential.x5c === undefined ? {} : { x5c: credential.x5c }),
            },
          }),
    },
    // msal-node's own log may quote request parameters.
    system: { networkClient, loggerOptions: { loggerCallback: () => undefined } },
  };
}

function tokenError(registration: RegistrationConfig, network: RecordingNetwork, error: unknown): TokenError {
  const names = { registration: registration.name, client: registration.clientId, tenant: registration.tenantId };
  const { status, retryAfter, failure } = network;
  const text = error instanceof Error ? error.message : String(error);
  const number = aadstsNumber(network.answer) ?? aadstsNumber(text);
  const throttled = status === 429 || (status !== undefined && status >= 500);
  const explained = number === undefined ? undefined : explainAadsts(number, names);
  if (explained !== undefined) {
    return new TokenError(explained.text, { transient: explained.transient || throttled, retryAfter, aadsts: number, cause: error });
  }
  const host = new URL(registration.loginOrigin).host;
  const about = `No token for registration '${registration.name}'`;
  if (failure !== undefined) {
    return new TokenError(`${about}: ${host} cannot be reached (${failure}). Check the network, the proxy and DNS.`, { transient: true, cause: error });
  }
  if (throttled) {
    return new TokenError(`${about}: ${host} answers ${status}${status === 429 ? ' (throttled)' : ''}. The gateway tries again.`, { transient: true, retryAfter, cause: error });
  }
  if (number !== undefined) {
    return new TokenError(`${about}: Entra refuses it with AADSTS${number}. See https://login.microsoftonline.com/error?code=${number}`, { transient: false, aadsts: number, cause: error });
  }
  if (status === undefined || status < 400) {
    return new TokenError(`${about}: ${host} gave an answer that is not a token (status ${status ?? 'none'}). Is a proxy or captive portal in between?`, { transient: true, cause: error });
  }
  return new TokenError(`${about}: ${host} answers ${status}. Check tenant id, client id and 'cloud'.`, { transient: false, retryAfter, cause: error });
}

/** msal-node's way to the network, with time-outs, that remembers the last answer. */
class RecordingNetwork implements INetworkModule {
  status: number | undefined;
  retryAfter: number | undefined;
  answer = '';
  /** Why there was no answer at all. */
  failure: string | undefined;
  readonly #dispatcher: Dispatcher;
  readonly #timeout: number;

  constructor(dispatcher: Dispatcher, timeout: number) {
    this.#dispatcher = dispatcher;
    this.#timeout = timeout;
  }

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send('GET', url, options);
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send('POST', url, options);
  }

  async #send<T>(method: 'GET' | 'POST', url: string, options: NetworkRequestOptions | undefined): Promise<NetworkResponse<T>> {
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
      return { headers: flatten(response.headers), body: JSON.parse(text) as T, status: response.statusCode };
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
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));
}

function reasonOf(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${timeout / 1000} s`;
  return 'code' in error ? String(error.code) : error.message;
}

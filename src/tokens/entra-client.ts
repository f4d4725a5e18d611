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
import { ConfidentialClientApplication, type Configuration, type INetworkModule } from '@azure/msal-node';
import type { Dispatcher } from 'undici';
import type { RegistrationConfig } from '../config/types.ts';
import { errorText, GatewayError } from '../errors.ts';
import { aadstsNumber, explainAadsts } from './aadsts.ts';
import { RecordingNetwork } from './recording-network.ts';

export interface AccessToken {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly obtainedAt: number;
  readonly expiresAt: number;
  /** Of a signed-in mailbox: the permissions that the answer names, `Mail.ReadWrite`. */
  readonly permissions?: readonly string[];
}

/** Fetches a token; rejects with a {@link TokenError}. */
export type FetchToken = () => Promise<AccessToken>;

/** Why there is no token, and whether and when it makes sense to ask again. */
export class TokenError extends GatewayError {
  readonly transient: boolean;
  /** What Entra asked for with Retry-After, in milliseconds. */
  readonly retryAfter: number | undefined;
  readonly aadsts: number | undefined;

  constructor(
    message: string,
    details: { transient: boolean; retryAfter?: number | undefined; aadsts?: number | undefined; cause?: unknown },
  ) {
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

export const TIMEOUT_MILLISECONDS = 15_000;

export interface EntraClientOptions {
  readonly dispatcher: Dispatcher;
  /** How long Entra may take for an answer, in milliseconds. */
  readonly timeout?: number;
}

/**
 * @returns a function that fetches one fresh token for the registration each time it is called. Where
 *   there are two secrets, it goes on with the other one as soon as one is refused.
 */
export function entraClient(registration: RegistrationConfig, options: EntraClientOptions): FetchToken {
  const { credential } = registration;
  const secrets =
    credential.kind === 'secret'
      ? [credential.secret, ...(credential.nextSecret === undefined ? [] : [credential.nextSecret])]
      : [undefined];
  let current = 0;
  return async () => {
    for (let tries = 1; ; tries++) {
      try {
        return await fetchOnce(registration, secrets[current], options);
      } catch (error) {
        const refused = error instanceof TokenError && explainAadsts(error.aadsts)?.wrongSecret === true;
        if (tries === secrets.length || !refused) throw error;
        current = (current + 1) % secrets.length;
      }
    }
  };
}

async function fetchOnce(
  registration: RegistrationConfig,
  secret: string | undefined,
  options: EntraClientOptions,
): Promise<AccessToken> {
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

/** @param secret the one of two secrets that is to be used */
function msalConfiguration(
  registration: RegistrationConfig,
  secret: string | undefined,
  networkClient: INetworkModule,
): Configuration {
  const { auth, system } = publicConfiguration(registration, networkClient);
  return { auth: { ...auth, ...proofOf(registration.credential, secret) }, system };
}

function proofOf(
  credential: RegistrationConfig['credential'],
  secret: string | undefined,
): Partial<Configuration['auth']> {
  switch (credential.kind) {
    case 'none':
      return {};
    case 'secret':
      return { clientSecret: secret ?? credential.secret };
    case 'certificate':
      return {
        clientCertificate: {
          thumbprintSha256: credential.thumbprintSha256,
          privateKey: credential.privateKey,
          ...(credential.x5c === undefined ? {} : { x5c: credential.x5c }),
        },
      };
  }
}

/** What an app needs that proves nothing but the user's sign-in. */
export function publicConfiguration(
  registration: RegistrationConfig,
  networkClient: INetworkModule,
): Required<Pick<Configuration, 'auth' | 'system'>> {
  const { loginOrigin } = registration;
  return {
    auth: {
      clientId: registration.clientId,
      authority: `${loginOrigin}/${registration.tenantId}`,
      knownAuthorities: [new URL(loginOrigin).host],
    },
    // msal-node's own log may quote request parameters.
    system: { networkClient, loggerOptions: { loggerCallback: () => undefined } },
  };
}

/** What a failed token request means. */
export function tokenError(registration: RegistrationConfig, network: RecordingNetwork, error: unknown): TokenError {
  const names = { registration: registration.name, client: registration.clientId, tenant: registration.tenantId };
  const { status, retryAfter, failure } = network;
  const text = errorText(error);
  const number = aadstsNumber(network.answer) ?? aadstsNumber(text);
  const throttled = status === 429 || (status !== undefined && status >= 500);
  const explained = explainAadsts(number, names);
  if (explained !== undefined) {
    return new TokenError(`${explained.text}: ${explained.remedy} (AADSTS${number}).`, {
      transient: explained.transient || throttled,
      retryAfter,
      aadsts: number,
      cause: error,
    });
  }
  const host = new URL(registration.loginOrigin).host;
  const about = `No token for registration '${registration.name}'`;
  if (failure !== undefined) {
    return new TokenError(`${about}: ${host} cannot be reached (${failure}). Check the network, the proxy and DNS.`, {
      transient: true,
      cause: error,
    });
  }
  if (throttled) {
    return new TokenError(
      `${about}: ${host} answers ${status}${status === 429 ? ' (throttled)' : ''}. The gateway tries again.`,
      { transient: true, retryAfter, cause: error },
    );
  }
  if (number !== undefined) {
    return new TokenError(
      `${about}: Entra refuses it with AADSTS${number}. See https://login.microsoftonline.com/error?code=${number}`,
      { transient: false, aadsts: number, cause: error },
    );
  }
  if (status === undefined || status < 400) {
    return new TokenError(
      `${about}: ${host} gave an answer that is not a token (status ${status ?? 'none'}). ` +
        'Is a proxy or captive portal in between?',
      { transient: true, cause: error },
    );
  }
  return new TokenError(`${about}: ${host} answers ${status}. Check tenant id, client id and 'cloud'.`, {
    transient: false,
    retryAfter,
    cause: error,
  });
}

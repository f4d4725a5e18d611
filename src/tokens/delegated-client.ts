/**
 * Tokens for a mailbox that a user has signed in to, for tenants that do not grant the app a right of its own, and for
 * personal accounts, which have none to grant: the device code flow once, then refresh tokens.
 *
 * A refresh token of Entra is good for every service that was consented to, one at a time. One of a personal account is
 * good for the scopes of its sign-in only (AADSTS70000 for others), and these are to be named in full.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
 * @see https://learn.microsoft.com/entra/identity-platform/refresh-tokens
 */
import { PublicClientApplication, type AuthenticationResult } from '@azure/msal-node';
import type { RegistrationConfig } from '../config/types.ts';
import { errorText } from '../errors.ts';
import { explainAadsts } from './aadsts.ts';
import {
  TIMEOUT_MILLISECONDS,
  publicConfiguration,
  TokenError,
  tokenError,
  type AccessToken,
  type EntraClientOptions,
  type FetchToken,
} from './entra-client.ts';
import { RecordingNetwork } from './recording-network.ts';
import { permissionOf, type TokenScopes } from './token-scopes.ts';

/** Where refresh tokens are kept. */
export interface RefreshTokens {
  read(registration: string, mailbox: string): string | undefined;
  write(registration: string, mailbox: string, refreshToken: string): void;
}

/** What the person who signs in has to be told. */
export interface DeviceCode {
  readonly code: string;
  readonly address: string;
  readonly expiresInSeconds: number;
}

export interface DelegatedOptions extends EntraClientOptions {
  readonly store: RefreshTokens;
  readonly scopes: TokenScopes;
}

/**
 * @returns a function that fetches a token for the mailbox with its kept refresh token, and keeps the new one. Where
 *   not all permissions that are wanted were consented to, it asks for those that are needed alone.
 */
export function delegatedClient(
  registration: RegistrationConfig,
  mailbox: string,
  options: DelegatedOptions,
): FetchToken {
  const { wanted, needed } = options.scopes;
  return async () => {
    try {
      return await refresh(registration, mailbox, wanted, options);
    } catch (error) {
      if (needed.length === wanted.length || !lacksConsent(error)) throw explained(mailbox, options.scopes, error);
    }
    try {
      return await refresh(registration, mailbox, needed, options);
    } catch (error) {
      throw explained(mailbox, options.scopes, error);
    }
  };
}

async function refresh(
  registration: RegistrationConfig,
  mailbox: string,
  scopes: readonly string[],
  { store, dispatcher, timeout }: DelegatedOptions,
): Promise<AccessToken> {
  const refreshToken = readStored(registration, mailbox, store);
  const network = new RecordingNetwork(dispatcher, timeout ?? TIMEOUT_MILLISECONDS);
  const application = new PublicClientApplication(publicConfiguration(registration, network));
  const now = Date.now();
  let result: AuthenticationResult | null;
  try {
    result = await application.acquireTokenByRefreshToken({ refreshToken, scopes: [...scopes] });
    if ((result?.accessToken ?? '') === '') throw new Error('the answer holds no token');
  } catch (error) {
    throw tokenError(registration, network, error);
  }
  // Each refresh token replaces the one before. Where it cannot be kept, the old one still works for a while.
  if (network.refreshToken !== undefined) store.write(registration.name, mailbox, network.refreshToken);
  return {
    value: result?.accessToken ?? '',
    obtainedAt: now,
    expiresAt: result?.expiresOn?.getTime() ?? now + 3_600_000,
    permissions: result?.scopes.map(permissionOf) ?? [],
  };
}

export interface SignInOptions extends EntraClientOptions {
  readonly store: RefreshTokens;
  /** Of each service that the mailbox is reached through: all are consented to at once. At least one. */
  readonly services: readonly [TokenScopes, ...TokenScopes[]];
  /** Tells the person what to do. */
  readonly onCode: (code: DeviceCode) => void;
}

/**
 * Signs a mailbox in and keeps its refresh token.
 *
 * @throws Error where nobody signs in, or somebody else does: nothing is kept then
 */
export async function signIn(registration: RegistrationConfig, mailbox: string, options: SignInOptions): Promise<void> {
  const [{ wanted }, ...others] = options.services;
  const network = new RecordingNetwork(
    options.dispatcher,
    options.timeout ?? TIMEOUT_MILLISECONDS,
    others.flatMap((one) => one.wanted),
  );
  const application = new PublicClientApplication(publicConfiguration(registration, network));
  let result: AuthenticationResult | null;
  try {
    result = await application.acquireTokenByDeviceCode({
      scopes: [...wanted],
      deviceCodeCallback: ({ userCode, verificationUri, expiresIn }) =>
        options.onCode({ code: userCode, address: verificationUri, expiresInSeconds: expiresIn }),
    });
  } catch (error) {
    const text = errorText(error);
    if (/device_code_expired|expired_token|user_timeout_reached/.test(text))
      throw new Error('Nobody signed in in time. Nothing was kept; run it again.', { cause: error });
    if (/authorization_declined/.test(text))
      throw new Error('The sign-in was declined. Nothing was kept.', { cause: error });
    throw tokenError(registration, network, error);
  }
  const account = result?.account?.username ?? '';
  if (account.toLowerCase() !== mailbox.toLowerCase()) {
    throw new Error(
      `${account === '' ? 'An unknown account' : account} signed in, but the mailbox is ${mailbox}. ` +
        `Nothing was kept. Sign in as ${mailbox}, best in a private browser window.`,
    );
  }
  if (network.refreshToken === undefined)
    throw new Error('Entra gave no refresh token: the app needs the permission offline_access.');
  options.store.write(registration.name, mailbox, network.refreshToken);
}

function readStored(registration: RegistrationConfig, mailbox: string, store: RefreshTokens): string {
  let stored: string | undefined;
  try {
    stored = store.read(registration.name, mailbox);
  } catch (error) {
    throw new TokenError(
      `The sign-in of ${mailbox} cannot be read: ${errorText(error)}. ` +
        `Restore the key, or run: ews-gateway sign-in ${mailbox}`,
      { transient: false, cause: error },
    );
  }
  if (stored === undefined) throw signInAgain(mailbox, 'It was never signed in');
  return stored;
}

function lacksConsent(error: unknown): boolean {
  return error instanceof TokenError && explainAadsts(error.aadsts)?.lacksConsent === true;
}

/** An error that only a new sign-in can end says so, and for what. */
function explained(mailbox: string, { service, needed }: TokenScopes, error: unknown): unknown {
  if (!(error instanceof TokenError)) return error;
  const { aadsts } = error;
  if (lacksConsent(error)) {
    const permissions = needed.map(permissionOf).join(' and ');
    const why = `Its sign-in is over, or was without consent to ${permissions} of ${service}`;
    return signInAgain(
      mailbox,
      `${why} (AADSTS${aadsts})`,
      error,
      ". Where users may not consent, press 'Grant admin consent' for the app's delegated permissions first.",
    );
  }
  return explainAadsts(aadsts)?.needsNewSignIn === true
    ? signInAgain(mailbox, `Entra no longer accepts its sign-in (AADSTS${aadsts})`, error)
    : error;
}

/** @param advice behind the command */
function signInAgain(mailbox: string, why: string, cause?: TokenError, advice = ''): TokenError {
  return new TokenError(
    `Mailbox ${mailbox} must sign in: ${why}. An administrator has to run: ews-gateway sign-in ${mailbox}${advice}`,
    { transient: false, aadsts: cause?.aadsts, cause },
  );
}

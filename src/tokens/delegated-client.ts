/**
 * Tokens for a mailbox that a user has signed in to (EWS.AccessAsUser.All), for tenants that do not
 * grant full_access_as_app: the device code flow once, then refresh tokens.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
 * @see https://learn.microsoft.com/entra/identity-platform/refresh-tokens
 */
import { PublicClientApplication, type AuthenticationResult } from '@azure/msal-node';
import type { RegistrationConfig } from '../config/types.ts';
import { explainAadsts } from './aadsts.ts';
import {
  TIMEOUT_MILLISECONDS,
  publicConfiguration,
  TokenError,
  tokenError,
  type EntraClientOptions,
  type FetchToken,
} from './entra-client.ts';
import { RecordingNetwork } from './recording-network.ts';

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

/** @returns a function that fetches a token for the mailbox with its kept refresh token, and keeps the new one */
export function delegatedClient(
  registration: RegistrationConfig,
  mailbox: string,
  store: RefreshTokens,
  options: EntraClientOptions,
): FetchToken {
  return async () => {
    const refreshToken = readStored(registration, mailbox, store);
    const network = new RecordingNetwork(options.dispatcher, options.timeout ?? TIMEOUT_MILLISECONDS);
    const application = new PublicClientApplication(publicConfiguration(registration, network));
    const now = Date.now();
    let result: AuthenticationResult | null;
    try {
      result = await application.acquireTokenByRefreshToken({ refreshToken, scopes: [registration.scope] });
      if ((result?.accessToken ?? '') === '') throw new Error('the answer holds no token');
    } catch (error) {
      const failure = tokenError(registration, network, error);
      throw explainAadsts(failure.aadsts)?.needsNewSignIn === true
        ? signInAgain(mailbox, `Entra no longer accepts its sign-in (AADSTS${failure.aadsts})`, failure)
        : failure;
    }
    // Each refresh token replaces the one before. Where it cannot be kept, the old one still works for a while.
    if (network.refreshToken !== undefined) store.write(registration.name, mailbox, network.refreshToken);
    return {
      value: result?.accessToken ?? '',
      obtainedAt: now,
      expiresAt: result?.expiresOn?.getTime() ?? now + 3_600_000,
    };
  };
}

/**
 * Signs a mailbox in and keeps its refresh token.
 *
 * @param onCode tells the person what to do
 * @throws Error where nobody signs in, or somebody else does: nothing is kept then
 */
export async function signIn(
  registration: RegistrationConfig,
  mailbox: string,
  store: RefreshTokens,
  options: EntraClientOptions & { readonly onCode: (code: DeviceCode) => void },
): Promise<void> {
  const network = new RecordingNetwork(options.dispatcher, options.timeout ?? TIMEOUT_MILLISECONDS);
  const application = new PublicClientApplication(publicConfiguration(registration, network));
  let result: AuthenticationResult | null;
  try {
    result = await application.acquireTokenByDeviceCode({
      scopes: [registration.scope],
      deviceCodeCallback: ({ userCode, verificationUri, expiresIn }) =>
        options.onCode({ code: userCode, address: verificationUri, expiresInSeconds: expiresIn }),
    });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
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
  store.write(registration.name, mailbox, network.refreshToken);
}

function readStored(registration: RegistrationConfig, mailbox: string, store: RefreshTokens): string {
  let stored: string | undefined;
  try {
    stored = store.read(registration.name, mailbox);
  } catch (error) {
    throw new TokenError(
      `The sign-in of ${mailbox} cannot be read: ${error instanceof Error ? error.message : String(error)}. ` +
        `Restore the key, or run: ews-gateway sign-in ${mailbox}`,
      { transient: false, cause: error },
    );
  }
  if (stored === undefined) throw signInAgain(mailbox, 'It was never signed in');
  return stored;
}

function signInAgain(mailbox: string, why: string, cause?: TokenError): TokenError {
  return new TokenError(
    `Mailbox ${mailbox} must sign in: ${why}. An administrator has to run: ews-gateway sign-in ${mailbox}`,
    { transient: false, aadsts: cause?.aadsts, cause },
  );
}

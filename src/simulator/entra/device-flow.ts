/**
 * Simulated sign-in of users: the device code flow and its refresh tokens, which roll and can die.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
 */
import { randomBytes } from 'node:crypto';

export interface TokenAnswer {
  /** Who signed in. */
  readonly username: string;
  readonly refreshToken: string;
}

export interface TokenRefusalAnswer {
  readonly error: string;
  readonly number: number;
  readonly text: string;
}

interface Pending {
  readonly clientId: string;
  readonly deviceCode: string;
  readonly userCode: string;
  /** What the person is asked to consent to. */
  readonly scopes: readonly string[];
  state: 'pending' | 'declined' | 'expired' | { readonly username: string };
}

export class DeviceFlow {
  readonly #pending: Pending[] = [];
  /** Who a refresh token belongs to. */
  readonly #refreshTokens = new Map<string, { readonly username: string; readonly clientId: string }>();
  /** Scopes by user and app. */
  readonly #consents = new Map<string, Set<string>>();
  /** Users whose refresh tokens Entra no longer accepts, with its number. */
  readonly dead = new Map<string, number>();

  /**
   * @param scopes of any number of services [thread azure-docs#42565]
   * @returns the answer of the device code endpoint
   */
  begin(clientId: string, origin: string, scopes: readonly string[]): Record<string, unknown> {
    const userCode = randomBytes(5).toString('hex').toUpperCase().slice(0, 9);
    const deviceCode = randomBytes(24).toString('base64url');
    this.#pending.push({ clientId, deviceCode, userCode, scopes, state: 'pending' });
    return {
      user_code: userCode,
      device_code: deviceCode,
      verification_uri: `${origin}/devicelogin`,
      expires_in: 900,
      interval: 1,
      message:
        `To sign in, use a web browser to open the page ${origin}/devicelogin and enter the code ` +
        `${userCode} to authenticate.`,
    };
  }

  /** What the person at the browser does. @returns whether the code is known */
  answer(userCode: string, what: 'declined' | 'expired' | { readonly username: string }): boolean {
    const found = this.#pending.find((pending) => pending.userCode === userCode);
    if (found === undefined) return false;
    found.state = what;
    if (typeof what === 'object')
      this.#consents.set(
        consentKey(what.username, found.clientId),
        new Set([...this.consentsOf(what.username, found.clientId), ...found.scopes]),
      );
    return true;
  }

  /** What a user has consented to for an app, in all sign-ins. */
  consentsOf(username: string, clientId: string): ReadonlySet<string> {
    return this.#consents.get(consentKey(username, clientId)) ?? new Set();
  }

  redeemDeviceCode(clientId: string, deviceCode: string): TokenAnswer | TokenRefusalAnswer {
    const found = this.#pending.find((pending) => pending.deviceCode === deviceCode && pending.clientId === clientId);
    if (found === undefined)
      return { error: 'bad_verification_code', number: 70000, text: 'The verification code is not valid.' };
    switch (found.state) {
      case 'pending':
        return {
          error: 'authorization_pending',
          number: 70016,
          text: 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
        };
      case 'declined':
        return { error: 'authorization_declined', number: 70018, text: 'The user denied the authorization request.' };
      case 'expired':
        return { error: 'expired_token', number: 70020, text: 'The device code is expired.' };
      default:
        return this.#issue(found.state.username, clientId);
    }
  }

  redeemRefreshToken(clientId: string, refreshToken: string): TokenAnswer | TokenRefusalAnswer {
    const owner = this.#refreshTokens.get(refreshToken);
    if (owner === undefined || owner.clientId !== clientId)
      return { error: 'invalid_grant', number: 9002313, text: 'Invalid request. Request is malformed or invalid.' };
    const dead = this.dead.get(owner.username);
    if (dead !== undefined)
      return { error: 'invalid_grant', number: dead, text: 'The refresh token has expired or been revoked.' };
    return this.#issue(owner.username, clientId);
  }

  #issue(username: string, clientId: string): TokenAnswer {
    const refreshToken = `1.${randomBytes(40).toString('base64url')}`;
    this.#refreshTokens.set(refreshToken, { username, clientId });
    return { username, refreshToken };
  }
}

function consentKey(username: string, clientId: string): string {
  return `${username.toLowerCase()} ${clientId}`;
}

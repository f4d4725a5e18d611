/**
 * Simulated Entra ID: discovery, keys, and the token endpoint of the client credentials grant and of
 * users who signed in with a device code.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
import {
  createPrivateKey,
  createPublicKey,
  randomUUID,
  sign,
  verify,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { thumbprint, type CertificatePair } from '../certificate.ts';
import { DeviceFlow, type TokenAnswer, type TokenRefusalAnswer } from './device-flow.ts';
import { FaultScript } from '../fault-script.ts';
import { readBody, serve, type SimulatedServer } from '../http-server.ts';

export interface SimulatedApp {
  readonly tenantId: string;
  readonly clientId: string;
  readonly secrets: readonly { readonly value: string; readonly expired?: boolean }[];
  /** PEM certificates uploaded to the registration. */
  readonly certificates?: readonly string[];
  /** Application permissions with admin consent; default: full_access_as_app. */
  readonly roles?: readonly string[];
  /** The same for Microsoft Graph; default: none. */
  readonly graphRoles?: readonly string[];
  /** 'Allow public client flows' in the portal; without it nobody can sign in with a device code. */
  readonly publicClient?: boolean;
}

export interface EntraOptions {
  readonly apps: readonly SimulatedApp[];
  /** RSA private key in PEM that signs tokens. */
  readonly key: string;
  /** Life of tokens in seconds. */
  readonly tokenLifetime?: number;
}

export interface TokenRequest {
  readonly clientId: string;
  readonly status: number;
}

export class EntraSimulator {
  readonly script = new FaultScript();
  readonly deviceFlow = new DeviceFlow();
  readonly tokenRequests: TokenRequest[] = [];
  /** Called after each token request, for watching. */
  onTokenRequest: (request: TokenRequest) => void = () => undefined;
  apps: SimulatedApp[];
  tokenLifetime: number;
  /** Audience of Microsoft Graph's tokens besides the real one: the simulated Graph's origin. */
  graphAudience: string | undefined;
  /** How far this clock is ahead, in milliseconds. */
  clockAhead = 0;
  /** Verifies the signature of tokens. */
  readonly publicKey: KeyObject;
  readonly #privateKey: KeyObject;
  #server: SimulatedServer | undefined;

  constructor(options: EntraOptions) {
    this.#privateKey = createPrivateKey(options.key);
    this.publicKey = createPublicKey(this.#privateKey);
    this.apps = [...options.apps];
    this.tokenLifetime = options.tokenLifetime ?? 3599;
  }

  async start(tls: CertificatePair, port?: number, name?: string): Promise<void> {
    this.#server = await serve((request, response) => this.#handle(request, response), tls, port, name);
  }

  /** Where it really listens, on loopback. */
  get port(): number {
    return this.#server?.port ?? 0;
  }

  get origin(): string {
    return this.#server?.origin ?? '';
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    response.setHeader('date', new Date(Date.now() + this.clockAhead).toUTCString());
    const [, tenant = '', ...rest] = new URL(request.url ?? '/', this.origin).pathname.split('/');
    switch (`${request.method} /${rest.join('/')}`) {
      case 'GET /v2.0/.well-known/openid-configuration':
        return this.#discovery(response, tenant);
      case 'GET /discovery/v2.0/keys':
        return json(response, 200, {
          keys: [{ ...this.publicKey.export({ format: 'jwk' }), use: 'sig', kid: 'simulated' }],
        });
      case 'POST /oauth2/v2.0/devicecode':
        return this.#deviceCode(response, tenant, new URLSearchParams(body.toString()));
      case 'POST /oauth2/v2.0/token': {
        const outcome = await this.script.play(request, response, 'token');
        const form = new URLSearchParams(body.toString());
        if (outcome === 'normal') this.#token(response, tenant, form);
        const entry = { clientId: form.get('client_id') ?? '', status: response.statusCode };
        this.tokenRequests.push(entry);
        this.onTokenRequest(entry);
        return;
      }
      default:
        return json(response, 404, { error: 'not_found' });
    }
  }

  #discovery(response: ServerResponse, tenant: string): void {
    if (!this.#serves(tenant)) return unknownTenant(response, tenant, 'invalid_tenant');
    const base = `${this.origin}/${tenant}`;
    json(response, 200, {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      response_types_supported: ['code'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  }

  #serves(tenant: string): boolean {
    return tenant === 'organizations' || this.apps.some((app) => app.tenantId === tenant);
  }

  /** The app a request is about, or undefined after an error was answered. */
  #app(response: ServerResponse, tenant: string, form: URLSearchParams): SimulatedApp | undefined {
    if (!this.#serves(tenant)) {
      unknownTenant(response, tenant, 'invalid_request');
      return undefined;
    }
    const clientId = (form.get('client_id') ?? '').toLowerCase();
    const app = this.apps.find(
      (candidate) => (tenant === 'organizations' || candidate.tenantId === tenant) && candidate.clientId === clientId,
    );
    if (app === undefined) {
      failure(
        response,
        400,
        'unauthorized_client',
        700016,
        `Application with identifier '${clientId}' was not found in the directory '${tenant}'. This can ` +
          `happen if the application has not been installed by the administrator of the tenant or consented to ` +
          `by any user in the tenant.`,
      );
    }
    return app;
  }

  #deviceCode(response: ServerResponse, tenant: string, form: URLSearchParams): void {
    const app = this.#app(response, tenant, form);
    if (app !== undefined) json(response, 200, this.deviceFlow.begin(app.clientId, this.origin));
  }

  #token(response: ServerResponse, tenant: string, form: URLSearchParams): void {
    const app = this.#app(response, tenant, form);
    if (app === undefined) return;
    switch (form.get('grant_type')) {
      case 'client_credentials':
        return this.#clientCredentials(response, tenant, app, form);
      case 'urn:ietf:params:oauth:grant-type:device_code':
      case 'device_code':
        return this.#userToken(
          response,
          app,
          form,
          this.deviceFlow.redeemDeviceCode(app.clientId, form.get('device_code') ?? ''),
        );
      case 'refresh_token':
        return this.#userToken(
          response,
          app,
          form,
          this.deviceFlow.redeemRefreshToken(app.clientId, form.get('refresh_token') ?? ''),
        );
      default:
        return failure(response, 400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
    }
  }

  #userToken(
    response: ServerResponse,
    app: SimulatedApp,
    form: URLSearchParams,
    answer: TokenAnswer | TokenRefusalAnswer,
  ): void {
    if (app.publicClient !== true)
      return failure(
        response,
        401,
        'invalid_client',
        7000218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
      );
    if ('error' in answer) return failure(response, 400, answer.error, answer.number, answer.text);
    const { resource, scope } = delegatedScope(form.get('scope') ?? '');
    if (scope === '' || resource === undefined)
      return failure(
        response,
        400,
        'invalid_scope',
        scope === '' ? 70011 : 28000,
        `The provided value for the input parameter 'scope' is not valid. The scope ${form.get('scope')} ` +
          (scope === '' ? 'is not valid.' : 'contains more than one resource.'),
      );
    const claims = { scp: scope, upn: answer.username, roles: undefined, appidacr: '0' };
    const ids = { uid: randomUUID(), utid: app.tenantId };
    json(response, 200, {
      token_type: 'Bearer',
      scope: scope
        .split(' ')
        .map((name) => `${resource}/${name}`)
        .join(' '),
      expires_in: this.tokenLifetime,
      ext_expires_in: this.tokenLifetime,
      access_token: this.issue(app, resource, claims),
      refresh_token: answer.refreshToken,
      id_token: this.issue(app, app.clientId, {
        preferred_username: answer.username,
        oid: ids.uid,
        ver: '2.0',
        iss: `${this.origin}/${app.tenantId}/v2.0`,
        roles: undefined,
        nonce: undefined,
      }),
      client_info: Buffer.from(JSON.stringify(ids)).toString('base64url'),
    });
  }

  #clientCredentials(response: ServerResponse, tenant: string, app: SimulatedApp, form: URLSearchParams): void {
    const refusal = form.has('client_assertion')
      ? this.#checkAssertion(app, form.get('client_assertion') ?? '', tenant)
      : checkSecret(app, form.get('client_secret'));
    if (refusal !== undefined) return failure(response, 401, 'invalid_client', refusal.number, refusal.text);
    const scope = form.get('scope') ?? '';
    const resource = /(?:^| )(\S+)\/\.default(?: |$)/.exec(scope)?.[1];
    if (resource === undefined) {
      return failure(
        response,
        400,
        'invalid_scope',
        1002012,
        `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value ` +
          `with /.default suffixed to the resource identifier (application ID URI).`,
      );
    }
    json(response, 200, {
      token_type: 'Bearer',
      expires_in: this.tokenLifetime,
      ext_expires_in: this.tokenLifetime,
      access_token: this.issue(app, resource),
    });
  }

  /** A token as Entra makes them for Exchange: version 1, valid a little longer than it says. */
  issue(app: SimulatedApp, audience: string, changes: Readonly<Record<string, unknown>> = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const roles =
      audience === this.graphAudience || isGraph(audience)
        ? (app.graphRoles ?? [])
        : (app.roles ?? ['full_access_as_app']);
    const payload = {
      aud: audience,
      iss: `https://sts.windows.net/${app.tenantId}/`,
      iat: now,
      nbf: now,
      exp: now + this.tokenLifetime + 300,
      appid: app.clientId,
      appidacr: '1',
      oid: randomUUID(),
      ...(roles.length === 0 ? {} : { roles }),
      tid: app.tenantId,
      uti: randomUUID(),
      ver: '1.0',
      ...changes,
    };
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ typ: 'JWT', alg: 'RS256', kid: 'simulated' })}.${part(payload)}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), this.#privateKey).toString('base64url')}`;
  }

  #checkAssertion(app: SimulatedApp, assertion: string, tenant: string): Refusal | undefined {
    const [head = '', payload = '', signature = ''] = assertion.split('.');
    const header = decode(head);
    const claims = decode(payload);
    const certificate = app.certificates?.find((pem) => thumbprint(pem) === header['x5t#S256']);
    if (certificate === undefined) {
      return {
        number: 700027,
        text:
          `The certificate with identifier used to sign the client assertion is not registered on ` +
          `application. [Reason - The key was not found., Thumbprint of key used by client: ` +
          `'${String(header['x5t#S256'])}']`,
      };
    }
    // Entra accepts RS256 and, for SHA-256 thumbprints, PS256 (what msal-node uses).
    const key = {
      key: createPublicKey(new X509Certificate(certificate).toString()),
      ...(header['alg'] === 'PS256' ? { padding: 6, saltLength: 32 } : {}),
    };
    if (!verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))) {
      return {
        number: 700027,
        text:
          'Client assertion contains an invalid signature. [Reason - The key used to sign the assertion ' +
          'does not match.]',
      };
    }
    const now = Date.now() / 1000;
    if (Number(claims['exp']) < now || Number(claims['nbf']) > now + 300) {
      return { number: 700024, text: 'Client assertion is not within its valid time range.' };
    }
    const audiences = [`${this.origin}/${tenant}/oauth2/v2.0/token`, `${this.origin}/${tenant}/v2.0`];
    if (
      !audiences.includes(String(claims['aud'])) ||
      claims['iss'] !== app.clientId ||
      claims['sub'] !== app.clientId
    ) {
      return { number: 700023, text: 'Client assertion audience, issuer or subject claim does not match.' };
    }
    return undefined;
  }
}

/** Delegated permissions of one resource; a token is for one only, so that of two there is no resource. */
function delegatedScope(text: string): { readonly resource: string | undefined; readonly scope: string } {
  const found = [...text.matchAll(/(?:^| )(https:\/\/[^ /]+)\/([\w.-]+)(?= |$)/g)];
  const resources = new Set(found.map(([, resource]) => resource));
  const [resource] = resources;
  return { resource: resources.size > 1 ? undefined : resource, scope: found.map(([, , name]) => name).join(' ') };
}

/** Each resource has permissions of its own. */
function isGraph(audience: string): boolean {
  return URL.parse(audience)?.hostname.startsWith('graph.') === true;
}

interface Refusal {
  readonly number: number;
  readonly text: string;
}

function checkSecret(app: SimulatedApp, given: string | null): Refusal | undefined {
  if (given === null || given === '')
    return {
      number: 7000216,
      text: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    };
  const known = app.secrets.find((secret) => secret.value === given);
  if (known === undefined) {
    return {
      number: 7000215,
      text:
        `Invalid client secret provided. Ensure the secret being sent in the request is the client ` +
        `secret value, not the client secret ID, for a secret added to app '${app.clientId}'.`,
    };
  }
  if (known.expired === true) {
    return {
      number: 7000222,
      text:
        `The provided client secret keys for app '${app.clientId}' are expired. Visit the Azure portal ` +
        `to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate ` +
        `credentials for added security: https://aka.ms/certCreds.`,
    };
  }
  return undefined;
}

function decode(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function unknownTenant(response: ServerResponse, tenant: string, error: string): void {
  failure(
    response,
    400,
    error,
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into ` +
      `the correct cloud. Check with your subscription administrator, this may happen if there are no active ` +
      `subscriptions for the tenant.`,
  );
}

/** An error as Entra writes it; also for scripting faults. */
export function entraError(error: string, number: number, text: string): string {
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const ids = `Trace ID: ${trace} Correlation ID: ${correlation}`;
  return JSON.stringify({
    error,
    error_description: `AADSTS${number}: ${text} ${ids} Timestamp: ${timestamp}`,
    error_codes: [number],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${number}`,
  });
}

function failure(response: ServerResponse, status: number, error: string, number: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(entraError(error, number, text));
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

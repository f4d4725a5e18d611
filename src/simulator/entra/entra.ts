/**
 * Simulated Entra ID: discovery, keys, and the token endpoint of the client credentials grant and of
 * users who signed in with a device code.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CertificatePair } from '../certificate.ts';
import { checkAssertion, checkSecret } from './app-proofs.ts';
import { failure, json, noConsent, unknownTenant } from './answers.ts';
import { DeviceFlow, type TokenAnswer, type TokenRefusalAnswer } from './device-flow.ts';
import {
  CONSUMERS,
  isForOrganizationsOnly,
  opaqueToken,
  PERSONAL_TENANT_ID,
  wrongAudience,
} from './personal-accounts.ts';
import { delegatedScope, fullScopes } from './scopes.ts';
import type { SimulatedApp } from './simulated-app.ts';
import { TokenIssuer } from './token-issuer.ts';
import { FaultScript } from '../fault-script.ts';
import { readBody, serve, type SimulatedServer } from '../http-server.ts';

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
  readonly tokens: TokenIssuer;
  /** How far this clock is ahead, in milliseconds. */
  clockAhead = 0;
  #server: SimulatedServer | undefined;

  constructor(options: EntraOptions) {
    this.tokens = new TokenIssuer(options.key, options.tokenLifetime ?? 3599);
    this.apps = [...options.apps];
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
        return json(response, 200, { keys: [this.tokens.jwk()] });
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
      issuer: `${this.origin}/${tenant === CONSUMERS ? PERSONAL_TENANT_ID : tenant}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      response_types_supported: ['code'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  }

  #serves(tenant: string): boolean {
    return tenant === 'organizations' || tenant === CONSUMERS || this.apps.some((app) => app.tenantId === tenant);
  }

  /** The app a request is about, or undefined after an error was answered. */
  #app(response: ServerResponse, tenant: string, form: URLSearchParams): SimulatedApp | undefined {
    if (!this.#serves(tenant)) {
      unknownTenant(response, tenant, 'invalid_request');
      return undefined;
    }
    const clientId = (form.get('client_id') ?? '').toLowerCase();
    const isShared = tenant === 'organizations' || tenant === CONSUMERS;
    const app = this.apps.find(
      (candidate) => (isShared || candidate.tenantId === tenant) && candidate.clientId === clientId,
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
      return undefined;
    }
    const wrong = wrongAudience(app.accounts ?? 'organizations', tenant, clientId);
    if (wrong !== undefined) {
      failure(response, 400, 'invalid_request', wrong.number, wrong.text);
      return undefined;
    }
    return app;
  }

  #deviceCode(response: ServerResponse, tenant: string, form: URLSearchParams): void {
    const app = this.#app(response, tenant, form);
    if (app === undefined) return;
    const scopes = fullScopes(form.get('scope') ?? '');
    // [inferred] Like any scope that the app or its resource does not have.
    const foreign = tenant === CONSUMERS ? scopes.find(isForOrganizationsOnly) : undefined;
    if (foreign !== undefined)
      return failure(
        response,
        400,
        'invalid_scope',
        70011,
        `The provided value for the input parameter 'scope' is not valid. The scope ${foreign} is not valid.`,
      );
    json(response, 200, this.deviceFlow.begin(app.clientId, this.origin, scopes));
  }

  #token(response: ServerResponse, tenant: string, form: URLSearchParams): void {
    const app = this.#app(response, tenant, form);
    if (app === undefined) return;
    switch (form.get('grant_type')) {
      case 'client_credentials':
        // [inferred] An app has no right of its own to personal accounts [doc v2-oauth2-client-creds-grant-flow].
        if (tenant === CONSUMERS)
          return failure(response, 400, 'unauthorized_client', 9002332, 'Personal accounts know no application right.');
        return this.#clientCredentials(response, tenant, app, form);
      case 'urn:ietf:params:oauth:grant-type:device_code':
      case 'device_code':
        return this.#userToken(
          response,
          { app, isPersonal: tenant === CONSUMERS },
          form,
          this.deviceFlow.redeemDeviceCode(app.clientId, form.get('device_code') ?? ''),
        );
      case 'refresh_token':
        return this.#userToken(
          response,
          { app, isPersonal: tenant === CONSUMERS },
          form,
          this.deviceFlow.redeemRefreshToken(app.clientId, form.get('refresh_token') ?? ''),
        );
      default:
        return failure(response, 400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
    }
  }

  #userToken(
    response: ServerResponse,
    { app, isPersonal }: { readonly app: SimulatedApp; readonly isPersonal: boolean },
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
    const consents = this.deviceFlow.consentsOf(answer.username, app.clientId);
    const lacking = fullScopes(form.get('scope') ?? '').find(
      (one) => !consents.has(one) && app.adminConsent?.includes(one) !== true,
    );
    if (lacking !== undefined) return noConsent(response, app.clientId, isPersonal);
    const tid = isPersonal ? PERSONAL_TENANT_ID : app.tenantId;
    const claims = { scp: scope, upn: answer.username, roles: undefined, appidacr: '0', tid };
    const ids = { uid: randomUUID(), utid: tid };
    const accessToken = this.tokens.issue(app, resource, claims);
    json(response, 200, {
      token_type: 'Bearer',
      scope: scope
        .split(' ')
        .map((name) => `${resource}/${name}`)
        .join(' '),
      expires_in: this.tokens.lifetime,
      ext_expires_in: this.tokens.lifetime,
      access_token: isPersonal ? opaqueToken(accessToken) : accessToken,
      refresh_token: answer.refreshToken,
      id_token: this.tokens.issue(app, app.clientId, {
        preferred_username: answer.username,
        oid: ids.uid,
        ver: '2.0',
        iss: `${this.origin}/${tid}/v2.0`,
        tid,
        roles: undefined,
        nonce: undefined,
      }),
      client_info: Buffer.from(JSON.stringify(ids)).toString('base64url'),
    });
  }

  #clientCredentials(response: ServerResponse, tenant: string, app: SimulatedApp, form: URLSearchParams): void {
    const refusal = form.has('client_assertion')
      ? checkAssertion(app, form.get('client_assertion') ?? '', [
          `${this.origin}/${tenant}/oauth2/v2.0/token`,
          `${this.origin}/${tenant}/v2.0`,
        ])
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
      expires_in: this.tokens.lifetime,
      ext_expires_in: this.tokens.lifetime,
      access_token: this.tokens.issue(app, resource),
    });
  }
}

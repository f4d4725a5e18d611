/** A token endpoint that answers as a test wants, over TLS, and a registration that uses it. */
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { Agent } from 'undici';
import type { RegistrationConfig } from '../../src/config/types.ts';
import { selfSignedCertificate } from '../../src/simulator/certificate.ts';
import { entraClient, type FetchToken } from '../../src/tokens/entra-client.ts';
import { CLIENT, SECRET, TENANT } from './stack.ts';
import { TEST_KEY } from './key.ts';

const tls = selfSignedCertificate(['localhost'], TEST_KEY);

export interface Endpoint {
  readonly fetch: FetchToken;
  /** Token requests so far. */
  readonly requests: () => number;
}

/** @param answer for requests to the token endpoint; the rest of the protocol is in order */
export async function tokenEndpoint(
  t: Test,
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  timeout = 10_000,
): Promise<Endpoint> {
  let requests = 0;
  const server: Server = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
    request.resume();
    request.on('end', () => {
      if (request.method === 'POST') {
        requests++;
        answer(response, request);
        return;
      }
      const base = `${origin()}/${TENANT}`;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          token_endpoint: `${base}/oauth2/v2.0/token`,
          issuer: `${base}/v2.0`,
          jwks_uri: `${base}/keys`,
          authorization_endpoint: `${base}/authorize`,
        }),
      );
    });
  });
  const origin = (): string => `https://localhost:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dispatcher = new Agent({ connect: { ca: tls.certificate } });
  t.teardown(async () => {
    await dispatcher.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { requests: () => requests, fetch: entraClient(registrationAt(origin()), { dispatcher, timeout }) };
}

export function registrationAt(loginOrigin: string): RegistrationConfig {
  return {
    name: 'contoso',
    tenantId: TENANT,
    clientId: CLIENT,
    credential: { kind: 'secret', secret: SECRET, nextSecret: undefined, notAfter: undefined },
    flow: 'application',
    backend: 'ews',
    graphOnAccessDenied: false,
    shadow: undefined,
    loginOrigin,
    uploadOrigin: undefined,
    graphOrigin: undefined,
    graphScope: '',
    graph: {
      hardDelete: 'recoverable',
      waitForScan: false,
      prefetch: true,
      pollSeconds: 15,
      pushTo: [],
      capabilities: {},
    },
    cloud: 'custom',
    ewsUrl: 'https://localhost/EWS/Exchange.asmx',
    scope: 'https://localhost/.default',
    userAgent: undefined,
    connectingSid: 'auto',
  };
}

export function giveToken(response: ServerResponse, lifetime = 3599, extra: Record<string, unknown> = {}): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ token_type: 'Bearer', expires_in: lifetime, access_token: 'a-token', ...extra }));
}

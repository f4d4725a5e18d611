/**
 * Connections to listeners of the own gateway. Their certificates are for the names that others use, so they are
 * not verified by name: what answers must show the very certificate that the configuration names, or one that
 * `ews-gateway certs` renewed since.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import { AUTHORITY } from '../certificates/local-authority.ts';
import type { ListenerConfig } from '../config/types.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Something listens at an address of the gateway that is not the gateway, as far as can be told. */
export class NotTheGatewayError extends Error {
  override readonly name = 'NotTheGatewayError';
}

/** How this machine reaches a listener of its own. */
export function ownOrigin({ url, host }: ListenerConfig): string {
  const reachable = URL.parse(url);
  if (reachable === null) return url;
  if (host === '0.0.0.0') reachable.hostname = '127.0.0.1';
  else if (host === '::') reachable.hostname = '[::1]';
  return reachable.origin;
}

/**
 * Connections to a listener of this machine, over which nothing is sent before the gateway is recognised.
 *
 * Requests fail with {@link NotTheGatewayError} where another certificate is shown.
 */
export function ownAgent(listener: ListenerConfig): Agent {
  // A session that is resumed shows no certificate.
  const connect = buildConnector({ rejectUnauthorized: false, maxCachedSessions: 0 });
  return new Agent({
    connect: (options, callback) =>
      connect(options, (...[error, socket]) => {
        if (error !== null) return callback(error, null);
        const problem = socket instanceof TLSSocket ? problemOf(socket.getPeerX509Certificate(), listener) : undefined;
        if (problem === undefined) return callback(null, socket);
        socket.destroy();
        callback(new NotTheGatewayError(problem), null);
      }),
  });
}

function problemOf(shown: X509Certificate | undefined, { url, tls }: ListenerConfig): string | undefined {
  const known = (tls?.certificate.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
  if (shown !== undefined) {
    if (known.some(({ fingerprint256 }) => fingerprint256 === shown.fingerprint256)) return undefined;
    const authority = localAuthority(tls?.file ?? '');
    if (authority !== undefined && shown.checkIssued(authority) && shown.verify(authority.publicKey)) return undefined;
  }
  return known.length === 0
    ? `The gateway at ${url} cannot be recognised: the certificate in ${tls?.file} cannot be read here. Run this ` +
        'as an account that can read it, with its passphrase in the environment if it has one there.'
    : `What answers at ${url} does not have the certificate of ${tls?.file}. Nothing was sent to it. If that file ` +
        'was replaced, wait until the gateway uses it (its log says so); else see which program listens there.';
}

/** The authority that `ews-gateway certs` made beside a certificate. */
function localAuthority(certificateFile: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(join(dirname(certificateFile), `${AUTHORITY}.crt`)));
  } catch {
    return undefined;
  }
}

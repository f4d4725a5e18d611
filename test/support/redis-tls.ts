/** Certificates of Redis servers that are called localhost, and of the gateways that they let in. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { makeCertificate, type CertificatePair } from '../../src/certificates/x509.ts';
import { TEST_KEY } from './key.ts';

export interface RedisTls {
  /** Of a server, as on its command line: it asks all that connect for a certificate, and shows its own. */
  readonly settings: readonly string[];
  /** Of sharedState, behind other keys in YAML flow style: the gateway's certificate. */
  readonly own: string;
  /** Of the configuration: that the servers are trusted. */
  readonly trust: string;
}

export function redisTls(t: Test): RedisTls {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-redis-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const pair = (name: string, { certificate, key }: CertificatePair): readonly [certificate: string, key: string] => [
    file(`${name}.pem`, certificate),
    file(`${name}.key`, key),
  ];
  const names = ['localhost'];
  const issuer = makeCertificate({ commonName: 'Test CA', names, days: 1, kind: 'authority', key: TEST_KEY });
  const ca = file('ca.pem', issuer.certificate);
  const server = pair('server', makeCertificate({ commonName: 'localhost', names, days: 1, kind: 'server', issuer }));
  const client = pair('client', makeCertificate({ commonName: 'gateway', names: [], days: 1, kind: 'client', issuer }));
  return {
    settings: words({
      'tls-ca-cert-file': ca,
      'tls-auth-clients': 'yes',
      'tls-cert-file': server[0],
      'tls-key-file': server[1],
      // With which it connects to other servers.
      'tls-client-cert-file': client[0],
      'tls-client-key-file': client[1],
    }),
    own: `, certificate: "${client[0]}", key: "${client[1]}"`,
    trust: `caCertificates: ["${ca}"]`,
  };
}

/** Settings as on a command line. */
function words(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeCertificate } from '../../src/certificates/x509.ts';
import { eventually } from '../support/eventually.ts';
import { TEST_KEY } from '../support/key.ts';
import { keptState } from '../support/kept-states.ts';
import { startRedis, WITHOUT_REDIS } from '../support/redis.ts';
import { freePort } from '../support/free-port.ts';

t.test('over TLS, with a certificate of the gateway', { skip: WITHOUT_REDIS }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-redis-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const names = ['localhost'];
  const authority = makeCertificate({ commonName: 'Test CA', names, days: 1, kind: 'authority', key: TEST_KEY });
  const server = makeCertificate({ commonName: 'localhost', names, days: 1, kind: 'server', issuer: authority });
  const client = makeCertificate({ commonName: 'gateway', names: [], days: 1, kind: 'client', issuer: authority });
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const [ca, certificate, key] = [
    file('ca.pem', authority.certificate),
    file('server.pem', server.certificate),
    file('server.key', server.key),
  ];
  const [ownCertificate, ownKey] = [file('client.pem', client.certificate), file('client.key', client.key)];
  const tlsPort = await freePort();
  const tls = ['--tls-port', String(tlsPort), '--tls-cert-file', certificate, '--tls-key-file', key];
  await startRedis(t, '--requirepass', 'PLANTED-redis', ...tls, '--tls-ca-cert-file', ca, '--tls-auth-clients', 'yes');
  const url = `rediss://localhost:${tlsPort}`;
  const own = `, certificate: "${ownCertificate}", key: "${ownKey}"`;
  const trust = `caCertificates: ["${ca}"]`;

  const known = await keptState(t, url, own, trust);
  await eventually(
    () => known.state.fleet?.isJoined,
    () => known.state.fleet?.status(),
  );
  const anonymous = await keptState(t, url, '', trust);
  t.notOk(anonymous.state.fleet?.isJoined, 'the server asks for a certificate');
  const distrustful = await keptState(t, url, own);
  t.match(distrustful.state.fleet?.status(), { isJoined: false, problem: /certificate/ });
});

/** A certificate authority is accepted for the names that it was made for, and for no others. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { issueServerCertificate, NamesOutsideError } from '../../src/certificates/local-authority.ts';
import { makeCertificate, type CertificatePair } from '../../src/certificates/x509.ts';
import { TEST_KEY } from '../support/key.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

interface Made {
  readonly folder: string;
  readonly authority: CertificatePair;
  /** What whoever has the authority's key can make. */
  readonly forge: (...names: string[]) => CertificatePair;
}

function authorityFor(t: Test, names: readonly string[], alsoPermitted: readonly string[] = []): Made {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-constraints-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  issueServerCertificate(folder, { names, alsoPermitted });
  const read = (kind: string): string => readFileSync(join(folder, `local-ca.${kind}`), 'utf8');
  const authority = { certificate: read('crt'), key: read('key') };
  return {
    folder,
    authority,
    forge: (...names) =>
      makeCertificate({
        kind: 'server',
        commonName: names[0] ?? '',
        names,
        days: 1,
        issuer: authority,
        key: TEST_KEY,
      }),
  };
}

/** Connects to a server with the certificate as a client that trusts the authority. @returns 'trusted', or why not */
async function nodeSays(pair: CertificatePair, { authority }: Made, servername: string): Promise<string> {
  const server = createServer({ cert: pair.certificate, key: pair.key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate, servername }, () => {
        resolve('trusted');
        socket.destroy();
      });
      socket.on('error', (error) => resolve(error.message));
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function opensslSays(pair: CertificatePair, { folder }: Made): string {
  const file = join(folder, 'forged.crt');
  writeFileSync(file, pair.certificate);
  const { stdout, stderr } = spawnSync('openssl', ['verify', '-CAfile', join(folder, 'local-ca.crt'), file], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}

const NAMES = ['Gate.contoso.test', '*.wild.test', '192.0.2.7', '2001:db8::7'];
/** Made once: each has two new keys. */
const made = authorityFor(t, NAMES, ['server-7']);

t.test('names that are permitted, and the machine beside them', async (t) => {
  for (const name of ['gate.contoso.test', 'a.wild.test', 'server-7'])
    t.equal(await nodeSays(made.forge(name), made, name), 'trusted', name);
  if (hasOpenssl)
    for (const name of ['gate.contoso.test', 'a.wild.test', 'server-7', '192.0.2.7', '2001:db8::7'])
      t.match(opensslSays(made.forge('gate.contoso.test', name), made), /: OK/, name);
});

t.test('other names, one of several names, and addresses of both families are refused', async (t) => {
  for (const names of [
    ['outlook.office365.com'],
    ['notgate.contoso.test'],
    ['contoso.test'],
    ['gate.contoso.test', 'outlook.office365.com'],
    ['gate.contoso.test', '192.0.2.8'],
    ['gate.contoso.test', '2001:db8::8'],
  ]) {
    const forged = made.forge(...names);
    t.equal(await nodeSays(forged, made, names[0] ?? ''), 'permitted subtree violation', names.join());
    if (hasOpenssl) t.match(opensslSays(forged, made), /permitted subtree violation/, names.join());
  }
});

t.test('an authority for host names alone has no addresses, one for addresses alone no host names', async (t) => {
  const hosts = authorityFor(t, ['gate.contoso.test']);
  for (const address of ['192.0.2.7', '::1'])
    t.equal(
      await nodeSays(hosts.forge('gate.contoso.test', address), hosts, 'gate.contoso.test'),
      'excluded subtree violation',
      address,
    );
  const addresses = authorityFor(t, ['127.0.0.1']);
  const own = { certificate: readFileSync(join(addresses.folder, 'gateway.crt'), 'utf8'), key: '' };
  const key = readFileSync(join(addresses.folder, 'gateway.key'), 'utf8');
  t.equal(await nodeSays({ ...own, key }, addresses, ''), 'trusted');
  const forged = addresses.forge('outlook.office365.com');
  t.equal(await nodeSays(forged, addresses, 'outlook.office365.com'), 'permitted subtree violation');
});

t.test('a renewal for names within goes on, one for others is refused before anything is written', async (t) => {
  const { folder } = made;
  const certificate = (): string => readFileSync(join(folder, 'gateway.crt'), 'utf8');
  const within = ['GATE.contoso.test', 'b.wild.test', 'server-7', '2001:db8:0::7'];
  t.same(issueServerCertificate(folder, { names: within }).names, within);
  const before = certificate();
  t.throws(
    () => issueServerCertificate(folder, { names: ['gate.contoso.test', 'mail.contoso.test', '192.0.2.8'] }),
    new NamesOutsideError(join(folder, 'local-ca.crt'), ['mail.contoso.test', '192.0.2.8']),
  );
  t.equal(certificate(), before);
});

t.test('an authority of an earlier release, without constraints, goes on for every name', async (t) => {
  const { folder } = authorityFor(t, ['gate.contoso.test']);
  const old = makeCertificate({
    kind: 'authority',
    commonName: 'ews-gateway local CA',
    names: [],
    days: 1,
    key: TEST_KEY,
  });
  writeFileSync(join(folder, 'local-ca.crt'), old.certificate);
  writeFileSync(join(folder, 'local-ca.key'), old.key);
  rmSync(join(folder, 'gateway.crt'));
  t.same(issueServerCertificate(folder, { names: ['mail.contoso.test'] }).names, ['mail.contoso.test']);
});

import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import t, { type Test } from 'tap';
import { renewIfDue } from '../../src/certificates/local-authority.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { run } from '../support/command.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, SECRET, startStack } from '../support/stack.ts';

const NAMES = ['gate.contoso.test', 'localhost', '127.0.0.1', '::1'];

function folderFor(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-certs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

t.test('an authority and a certificate, and how to trust it', async (t) => {
  const folder = folderFor(t);
  const command = run(t, ['certs', ...NAMES, '--folder', folder]);
  t.equal(await command.ended, 0, command.stderr);
  const read = (name: string): X509Certificate => new X509Certificate(readFileSync(join(folder, name)));
  const [authority, certificate] = [read('local-ca.crt'), read('gateway.crt')];
  t.ok(authority.ca);
  t.ok(certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
  t.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  t.match(certificate.toLegacyObject(), {
    subjectaltname: 'DNS:gate.contoso.test, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  });
  const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
  t.ok(days > 397 && days < 399);
  for (const name of ['local-ca.key', 'gateway.key', 'gateway.pfx'])
    t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  for (const text of ['certutil -addstore -f Root', 'group policy', 'update-ca-certificates', 'listen:'])
    t.ok(command.stdout.includes(text), text);
});

t.test('run again it renews the certificate and keeps authority, key and names', async (t) => {
  const folder = folderFor(t);
  await run(t, ['certs', ...NAMES, '--folder', folder, '--days', '20']).ended;
  const before = ['local-ca.crt', 'gateway.key', 'gateway.crt'].map((name) => readFileSync(join(folder, name), 'utf8'));
  const again = run(t, ['certs', '--folder', folder]);
  t.equal(await again.ended, 0, again.stderr);
  t.match(again.stdout, /Kept the certificate authority[^]*gate\.contoso\.test, localhost/);
  const after = ['local-ca.crt', 'gateway.key', 'gateway.crt'].map((name) => readFileSync(join(folder, name), 'utf8'));
  t.same(after.slice(0, 2), before.slice(0, 2));
  t.not(after[2], before[2]);
});

t.test('a certificate of another authority is not overwritten', async (t) => {
  const [folder, other] = [folderFor(t), folderFor(t)];
  await run(t, ['certs', 'x.test', '--folder', other]).ended;
  writeFileSync(join(folder, 'gateway.crt'), readFileSync(join(other, 'gateway.crt')));
  const command = run(t, ['certs', 'x.test', '--folder', folder]);
  t.equal(await command.ended, 1);
  t.match(command.stderr, /certificate of another authority\. Move it away/);
  t.equal(await run(t, ['certs', 'not a name', '--folder', folder]).ended, 2);
  t.equal(await run(t, ['certs', 'x.test', '--folder', folder, '--days', '0']).ended, 2);
});

t.test('other names than the authority was made for: how to make a new one', async (t) => {
  const folder = folderFor(t);
  await run(t, ['certs', 'gate.contoso.test', '--folder', folder]).ended;
  const before = readFileSync(join(folder, 'gateway.crt'), 'utf8');
  const command = run(t, ['certs', 'gate.contoso.test', 'mail.contoso.test', '--folder', folder], {
    programName: 'npm run',
  });
  t.equal(await command.ended, 1);
  t.match(command.stderr, /local-ca\.crt may not issue a certificate for mail\.contoso\.test\./);
  t.ok(
    command.stderr.endsWith(`\n  npm run certs -- gate.contoso.test mail.contoso.test --folder ${folder}-new\n`),
    command.stderr,
  );
  t.equal(readFileSync(join(folder, 'gateway.crt'), 'utf8'), before);
});

/** A client that speaks only TLS 1.0, as .NET Framework before 4.6 does by default. */
function postOver10(port: number, ca: string, tls: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port, ca, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0', ...tls },
      () => {
        let received = `${socket.getProtocol()}\n`;
        socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
        socket.on('close', () => resolve(received));
        socket.write(
          `POST /ews/exchange.asmx HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(ALICE)}\r\n` +
            `Content-Type: text/xml; charset=utf-8\r\nConnection: close\r\n` +
            `Content-Length: ${GET_FOLDER.length}\r\n\r\n${GET_FOLDER}`,
        );
      },
    );
    socket.on('error', reject);
  });
}

t.test('PEM and PFX serve a client that trusts the authority, down to TLS 1.0, beside plain HTTP', async (t) => {
  const folder = folderFor(t);
  const command = run(t, ['certs', ...NAMES, '--folder', folder]);
  await command.ended;
  const passphrase = /password (\S+)/.exec(command.stdout)?.[1] ?? '';
  const stack = await startStack(t);
  const at = (name: string): string => join(folder, name);
  stack.writeConfig({
    listen:
      `["http://127.0.0.1:0", { url: "https://127.0.0.1:0", certificate: "${at('gateway.crt')}", key: ` +
      `"${at('gateway.key')}", minVersion: TLSv1 }, { url: "https://localhost:0", pfx: ` +
      `"${at('gateway.pfx')}", passphrase: { env: PFX } }]`,
  });
  await stack.gateway.reload(loadConfig(stack.configFile, { environment: { SECRET, PFX: passphrase } }));
  const [plain, pem, pfx] = stack.gateway.urls.map((url) => new URL(url));
  t.equal(plain?.protocol, 'http:');
  const ca = readFileSync(at('local-ca.crt'), 'utf8');
  t.match(await postOver10(Number(pem?.port), ca), /^TLSv1\nHTTP\/1\.1 200 [^]*ResponseClass="Success"/);
  await t.rejects(postOver10(Number(pfx?.port), ca), 'not where it is not configured');
  t.match(await postOver10(Number(pfx?.port), ca, { maxVersion: 'TLSv1.3' }), /^TLSv1\.3\nHTTP\/1\.1 200 /);
  t.ok(stack.log().some(({ msg }) => String(msg).includes('accepts TLSv1, which is weak')));
  t.throws(() => loadConfig(stack.configFile, { environment: { SECRET, PFX: 'wrong' } }), {
    message: /gateway\.pfx is not a PFX file that the passphrase opens/,
  });
});

t.test('30 days before its end it is renewed, and only then, and only what was made here', async (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'gateway.crt');
  await run(t, ['certs', ...NAMES, '--folder', folder, '--no-pfx']).ended;
  const end = Date.parse(new X509Certificate(readFileSync(file)).validTo);
  t.equal(renewIfDue(file, end - 31 * 86_400_000), undefined);
  const renewed = renewIfDue(file, end - 29 * 86_400_000);
  t.ok(renewed !== undefined && renewed.getTime() >= end - 60_000);
  t.equal(renewIfDue(join(folder, 'other.crt'), end), undefined);
  const other = folderFor(t);
  writeFileSync(join(other, 'gateway.crt'), readFileSync(file));
  t.equal(renewIfDue(join(other, 'gateway.crt'), end + 1), undefined, 'a company authority renews by its own means');
});

t.test('the gateway renews it at its start, and serves the new one', async (t) => {
  const folder = folderFor(t);
  await run(t, ['certs', ...NAMES, '--folder', folder, '--no-pfx', '--days', '20']).ended;
  const stack = await startStack(t);
  stack.writeConfig({
    listen:
      `[{ url: "https://127.0.0.1:0", certificate: "${join(folder, 'gateway.crt')}", key: ` +
      `"${join(folder, 'gateway.key')}" }]`,
  });
  const gateway = run(t, ['start', '--config', stack.configFile], { environment: { SECRET } });
  await gateway.until(/the certificate was close to its end and is renewed/);
  const [, port = ''] = await gateway.until(/"listeners":\["https:\/\/127\.0\.0\.1:(\d+)"\]/);
  const days = await new Promise<number>((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port: Number(port), ca: readFileSync(join(folder, 'local-ca.crt'), 'utf8') },
      () => {
        resolve((Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / 86_400_000);
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });
  t.ok(days > 390, `${days} days`);
  gateway.kill('SIGTERM');
  t.equal(await gateway.ended, 0);
});

import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { troubleOfHandshake } from '../../src/http/connection-troubles.ts';
import { selfSignedCertificate } from '../../src/simulator/certificate.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { send, startStack, type Stack } from '../support/stack.ts';
import { eventually } from '../support/eventually.ts';
import { RawConnection } from '../support/upstream.ts';
import { TEST_KEY } from '../support/key.ts';

/** Adds an https listener. @returns its origin */
async function withTls(stack: Stack, limits = 'shutdownSeconds: 1'): Promise<string> {
  const folder = dirname(stack.configFile);
  const { certificate, key } = selfSignedCertificate(['127.0.0.1'], TEST_KEY);
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), key);
  stack.writeConfig({ limits, listen: '[{ url: "https://127.0.0.1:0", certificate: tls.crt, key: tls.key }]' });
  await stack.reload();
  return stack.gateway.urls[0] ?? '';
}

/** Waits until a trouble was noted `times` times, and asserts that it is logged once, counted and kept. */
async function noted(t: Test, { gateway, log }: Stack, kind: string, times = 1): Promise<void> {
  const kept = await eventually(() =>
    gateway.activity.troubles().find((trouble) => trouble.kind === kind && trouble.times === times),
  );
  t.equal(kept.source, '127.0.0.1');
  t.ok(kept.remedy.length > 20, 'with a remedy');
  const lines = log().filter(({ trouble }) => trouble === kind);
  t.match(lines, [{ source: '127.0.0.1', remedy: kept.remedy }], `${kind} is logged once`);
  t.match(await gateway.metrics.registry.metrics(), `ews_gateway_connection_troubles_total{kind="${kind}"} ${times}`);
}

const tls = (origin: string, options: object): Promise<string> =>
  new Promise((resolve) => {
    const socket = connectTls({ host: '127.0.0.1', port: Number(new URL(origin).port), ...options }, () => {
      resolve('connected');
      socket.destroy();
    });
    socket.on('error', ({ message }) => resolve(message));
  });

t.test('https to the http address', async (t) => {
  const stack = await startStack(t);
  for (let count = 0; count < 3; count++)
    t.match(await tls(stack.origin, {}), /wrong version number|packet length/, 'the answer is HTTP in plain text');
  await noted(t, stack, 'https-on-http', 3);
});

t.test('http to the https address', async (t) => {
  const stack = await startStack(t);
  const origin = await withTls(stack);
  for (let count = 0; count < 2; count++) {
    const client = await RawConnection.open(t, origin.replace('https', 'http'));
    client.write(`POST /ews/exchange.asmx HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n${' '.repeat(900_000)}`);
    t.match(await client.closed(), /^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\nThis address speaks TLS: use https:/);
  }
  await noted(t, stack, 'http-on-https', 2);
  t.equal(await tls(origin, { rejectUnauthorized: false }), 'connected', 'and TLS goes on as ever');
});

t.test('a first byte that never comes', async (t) => {
  const stack = await startStack(t);
  const origin = await withTls(stack, 'headerSeconds: 1');
  const client = await RawConnection.open(t, origin.replace('https', 'http'));
  t.equal(await client.closed(), '');
});

t.test('a TLS version that is too old', async (t) => {
  const stack = await startStack(t);
  const origin = await withTls(stack);
  const old = { rejectUnauthorized: false, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' };
  t.not(await tls(origin, old), 'connected');
  await noted(t, stack, 'tls-version');
});

t.test('a client that does not trust the certificate and just goes', async (t) => {
  const stack = await startStack(t);
  const origin = await withTls(stack);
  t.match(await tls(origin, {}), /self-signed/);
  await noted(t, stack, 'closed-in-handshake');
});

/** A client that says in an alert why it goes, which Node's own does not. */
function openssl(origin: string, ...options: string[]): Promise<string> {
  const client = spawn('openssl', ['s_client', '-connect', new URL(origin).host, ...options], { stdio: 'pipe' });
  client.stdin.end();
  let said = '';
  for (const stream of [client.stdout, client.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve) => client.once('close', () => resolve(said)));
}

t.test(
  'alerts of a real client: an authority that it does not know, and a version that is too old',
  { skip: spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not here' },
  async (t) => {
    const stack = await startStack(t);
    const origin = await withTls(stack);
    for (const version of ['-tls1_2', '-tls1_3'])
      t.match(
        await openssl(origin, version, '-verify_return_error'),
        /verify error:.*self-signed certificate/,
        version,
      );
    await noted(t, stack, 'certificate-not-trusted', 2);
    await openssl(origin, '-tls1', '-cipher', 'DEFAULT@SECLEVEL=0');
    await noted(t, stack, 'tls-version');
    const page = (await send(`${stack.admin}/status`, null)).text;
    for (const { remedy } of stack.gateway.activity.troubles())
      t.ok(page.includes(remedy.replaceAll("'", '&#39;')), `the status page says: ${remedy}`);
  },
);

t.test('what clients say in a TLS alert, as OpenSSL names it', async (t) => {
  for (const code of ['UNKNOWN_CA', 'CERTIFICATE_UNKNOWN', 'BAD_CERTIFICATE', 'CERTIFICATE_EXPIRED'])
    for (const version of ['SSLV3', 'TLSV1'])
      t.equal(troubleOfHandshake(`ERR_SSL_${version}_ALERT_${code}`), 'certificate-not-trusted', code);
  t.equal(troubleOfHandshake('ERR_SSL_UNSUPPORTED_PROTOCOL'), 'tls-version');
  t.equal(troubleOfHandshake('ECONNRESET'), undefined);
  t.equal(troubleOfHandshake(undefined), undefined);
});

t.test('credentials other than Basic get the Basic challenge', async (t) => {
  const stack = await startStack(t);
  for (const [authorization, kind] of [
    ['NTLM TlRMTVNTUAABAAAAB4IIAA==', 'ntlm'],
    ['Negotiate YIIB', 'negotiate'],
    ['Bearer x.y.z', 'bearer'],
    ['Digest username="x"', 'digest'],
  ] as const) {
    const { status, headers } = await send(stack.url, GET_FOLDER, { authorization });
    t.equal(status, 401);
    t.equal(headers['www-authenticate'], 'Basic realm="Exchange Web Services"');
    await noted(t, stack, kind);
  }
});

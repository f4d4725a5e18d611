import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import t from 'tap';
import { Agent, request } from 'undici';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { selfSignedCertificate } from '../../src/simulator/certificate.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, SECRET, startStack, type Stack } from '../support/stack.ts';
import { TEST_KEY } from '../support/key.ts';

async function withTls(
  stack: Stack,
  listener: string,
): Promise<{ origin: string; certificate: string; load: () => ReturnType<typeof loadConfig> }> {
  const folder = dirname(stack.configFile);
  const { certificate, key } = selfSignedCertificate(['localhost', '127.0.0.1'], TEST_KEY);
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), key);
  stack.writeConfig({ listen: `[{ url: "https://127.0.0.1:0", certificate: tls.crt, key: tls.key${listener} }]` });
  const load = (): ReturnType<typeof loadConfig> => loadConfig(stack.configFile, { environment: { SECRET } });
  await stack.gateway.reload(load());
  return { origin: stack.gateway.urls[0] ?? '', certificate, load };
}

t.test('an https listener serves, and keeps Secure on cookies', async (t) => {
  const stack = await startStack(t);
  const { origin, certificate } = await withTls(stack, '');
  t.match(origin, /^https:/);
  const dispatcher = new Agent({ connect: { ca: certificate } });
  t.teardown(() => dispatcher.close());
  const response = await request(`${origin}/ews/exchange.asmx`, {
    method: 'POST',
    dispatcher,
    headers: { 'authorization': basic(ALICE), 'content-type': 'text/xml' },
    body: GET_FOLDER,
  });
  t.equal(response.statusCode, 200);
  t.match([response.headers['set-cookie']].flat()[0], /; secure/i);
  await response.body.dump();
});

const accepts = (origin: string, maxVersion: 'TLSv1' | 'TLSv1.2'): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect(
      {
        host: '127.0.0.1',
        port: Number(new URL(origin).port),
        rejectUnauthorized: false,
        minVersion: 'TLSv1',
        maxVersion,
        ciphers: 'DEFAULT@SECLEVEL=0',
      },
      () => {
        resolve(socket.getProtocol() ?? undefined);
        socket.destroy();
      },
    );
    socket.on('error', () => resolve(undefined));
  });

t.test('TLS 1.0 only where it is configured', async (t) => {
  const stack = await startStack(t);
  const modern = await withTls(stack, '');
  t.equal(await accepts(modern.origin, 'TLSv1'), undefined);
  t.equal(await accepts(modern.origin, 'TLSv1.2'), 'TLSv1.2');
  const old = await withTls(stack, ', minVersion: TLSv1');
  t.equal(await accepts(old.origin, 'TLSv1'), 'TLSv1');
  t.ok(
    stack.log().some(({ msg }) => String(msg).includes('accepts TLSv1, which is weak')),
    'with a warning',
  );
});

t.test('a raised TLS version counts on the open listener', async (t) => {
  const stack = await startStack(t);
  const { origin } = await withTls(stack, ', minVersion: TLSv1');
  t.equal(await accepts(origin, 'TLSv1'), 'TLSv1');
  t.equal((await withTls(stack, '')).origin, origin, 'its address stays');
  t.equal(await accepts(origin, 'TLSv1'), undefined);
  t.equal(await accepts(origin, 'TLSv1.2'), 'TLSv1.2');
});

t.test('a renewed certificate is used on the open listener', async (t) => {
  const stack = await startStack(t);
  const { origin, load } = await withTls(stack, '');
  const renewed = selfSignedCertificate(['127.0.0.1'], TEST_KEY);
  const folder = dirname(stack.configFile);
  writeFileSync(join(folder, 'tls.crt'), renewed.certificate);
  writeFileSync(join(folder, 'tls.key'), renewed.key);
  await stack.gateway.reload(load());
  t.equal(stack.gateway.urls[0], origin, 'the same address');
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(origin).port), ca: renewed.certificate });
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  t.ok(socket.authorized);
  socket.destroy();
});

/** The recipe for Docker, walked as far as there is no container engine: its files, and the image's entry point. */
import { randomUUID } from 'node:crypto';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { makeCertificate } from '../../src/certificates/x509.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { TEST_KEY } from '../support/key.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { LONG_ONLY } from '../support/effort.ts';
import { cannotWalk, NONROOT, WalkedImage } from './walked-image.ts';

const ROOT = join(import.meta.dirname, '../..');
const PASSWORD = 'status page';

/** The folder that is mounted, as the page says to fill it. */
async function mounted(folder: string): Promise<string> {
  const page = readFileSync(join(ROOT, 'docs/install/docker/README.md'), 'utf8');
  const yaml = /```yaml\n([^]*?)```/.exec(page)?.[1] ?? '';
  const { certificate, key } = makeCertificate({
    commonName: 'gateway.contoso.com',
    names: ['gateway.contoso.com'],
    days: 30,
    kind: 'self-signed',
    key: TEST_KEY,
  });
  writeFileSync(join(folder, 'gateway.crt'), certificate);
  writeFileSync(join(folder, 'gateway.key'), key, { mode: 0o600 });
  writeFileSync(join(folder, 'client-secret.txt'), 'value', { mode: 0o600 });
  return yaml
    .replace(/^( *tenantId: ).*$/m, `$1${randomUUID()}`)
    .replace(/^( *clientId: ).*$/m, `$1${randomUUID()}`)
    .replace('scrypt:printed-by-hash-password', await hashPassword(PASSWORD));
}

function temporary(t: { teardown(action: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-docker-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

t.test('the YAML of the page is a configuration with a caller and a page that can be reached', async (t) => {
  const folder = temporary(t);
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, await mounted(folder));
  const config = loadConfig(file);
  t.same(
    config.callers.map(({ username }) => username),
    ['invoices@contoso.com'],
  );
  t.equal(config.admin.host, '0.0.0.0');
  t.equal(config.listeners[0]?.url, 'https://0.0.0.0:8443');
});

const reason = LONG_ONLY === false ? cannotWalk() : LONG_ONLY;

t.test('the image that the Dockerfile describes runs with it', { skip: reason ?? false }, async (t) => {
  const image = new WalkedImage(temporary(t));
  const etc = image.path('/etc/ews-gateway');
  const [ews, admin] = [await freePort(), await freePort()];
  const yaml = (await mounted(etc)).replace(':8443', `:${ews}`).replace(':8026', `:${admin}`);
  writeFileSync(join(etc, 'gateway.yaml'), yaml);
  for (const name of readdirSync(etc)) chownSync(join(etc, name), NONROOT, NONROOT);

  t.match(image.run('--version'), /^ews-gateway \d/);
  t.match(image.run('check', '--config', '/etc/ews-gateway/gateway.yaml'), /configuration/i);
  t.equal(
    image.evaluate(
      "import { schemaDocument } from '/app/dist/ews/documents.js'; import { writeFileSync } from 'node:fs';" +
        "console.log(process.getuid(), schemaDocument('types.xsd').length > 100_000);" +
        "for (const file of ['/app/x', '/etc/ews-gateway/gateway.yaml', '/x']) try { writeFileSync(file, ''); " +
        "console.log(file) } catch {}; writeFileSync('/var/lib/ews-gateway/x', '')",
    ),
    `${NONROOT} true\n`,
    'it has what Graph cannot give, and writes nothing but state',
  );

  const gateway = image.start();
  const ended = new Promise((resolve) => gateway.once('exit', (status) => resolve(status)));
  t.teardown(async () => {
    gateway.kill('SIGKILL');
    await ended;
  });
  let printed = '';
  for (const stream of [gateway.stdout, gateway.stderr])
    stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  void ended.then((status) => (printed += `ended with ${status}`));
  await eventually(() => /configuration in force|ended/.test(printed));
  t.match(printed, /configuration in force/);
  const page = `http://127.0.0.1:${admin}`;
  t.equal((await fetch(`${page}/healthz`)).status, 200);
  t.equal((await fetch(page)).status, 401);
  const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  t.equal((await fetch(page, { headers: { authorization } })).status, 200);
  t.equal(image.isHealthy(`:${admin}/`), true, 'the health check');
  gateway.kill('SIGTERM');
  t.equal(await ended, 0);
});

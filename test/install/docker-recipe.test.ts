/** The recipe for Docker, walked as far as there is no container engine: its files, and the image's entry point. */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { makeCertificate } from '../../src/certificates/x509.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { freePort } from '../support/free-port.ts';
import { LONG_ONLY } from '../support/effort.ts';

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

t.test('the entry point of the image runs with it', { skip: LONG_ONLY }, async (t) => {
  // The tree that the Dockerfile makes.
  const app = temporary(t);
  // The test runner gives its children a loader by NODE_OPTIONS, which neither the build nor an image has.
  const tsc = [process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'];
  const built = spawnSync('env', ['-u', 'NODE_OPTIONS', ...tsc, '--outDir', join(app, 'dist')], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  t.equal(built.status, 0, built.stdout + built.stderr);
  symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'));
  cpSync(join(ROOT, 'package.json'), join(app, 'package.json'));
  const [etc, state] = [join(app, 'etc'), join(app, 'state')];
  for (const folder of [etc, state]) mkdirSync(folder);
  const [ews, admin] = [await freePort(), await freePort()];
  const yaml = (await mounted(etc)).replace(':8443', `:${ews}`).replace(':8026', `:${admin}`);
  writeFileSync(join(etc, 'gateway.yaml'), yaml);
  chmodSync(etc, 0o500);

  const dockerfile = readFileSync(join(ROOT, 'docs/install/docker/Dockerfile'), 'utf8');
  const [, entry = ''] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? [];
  const [, command = ''] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? [];
  const [, ...args] = [...(JSON.parse(entry) as string[]), ...(JSON.parse(command) as string[])].map((part) =>
    part.replace(/^\/app/, app).replace(/^\/etc\/ews-gateway/, etc),
  );
  const gateway = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], {
    env: { STATE_DIRECTORY: state, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => gateway.once('exit', resolve));
  t.teardown(async () => {
    gateway.kill('SIGKILL');
    await ended;
  });
  let printed = '';
  gateway.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await Promise.race([
    new Promise<void>((resolve) => {
      gateway.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes(String(admin))) resolve();
      });
    }),
    ended.then(() => {
      throw new Error(printed);
    }),
  ]);
  const page = `http://127.0.0.1:${admin}`;
  t.equal((await fetch(`${page}/healthz`)).status, 200);
  t.equal((await fetch(page)).status, 401);
  const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  t.equal((await fetch(page, { headers: { authorization } })).status, 200);
  gateway.kill('SIGTERM');
  t.equal(await ended, 0);
});

/** Builds the single executables, and puts the one for Linux to use: npm run test:package */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import t from 'tap';
import { packageFor } from '../../scripts/package.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import {
  ALICE,
  assertNoSecrets,
  basic,
  mail,
  newMailbox,
  SECRET,
  send,
  CLIENT,
  TENANT,
  yamlOf,
} from '../support/stack.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';

// Two executables of a hundred megabytes each are made first.
t.setTimeout(300_000);
const [linux = '', windows = ''] = await packageFor(['linux-x64', 'win-x64']);
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-package-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const simulator = await startSimulator({
  apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
  mailboxes: [newMailbox(ALICE)],
});
t.teardown(() => simulator.close());
const file = join(folder, 'gateway.yaml');
writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
writeFileSync(file, yamlOf(simulator));
// No Node, no npm, no project on the path.
const options = { cwd: folder, env: { SECRET, PATH: '/nonexistent' } };

t.test(
  'the Linux executable serves a request and stops in order',
  { skip: process.platform === 'linux' && process.arch === 'x64' ? false : 'this machine is another one' },
  async (t) => {
    await simulator.exchange.mailboxes[0]?.deliver(mail('one'));
    const gateway = spawn(linux, ['start', '--config', file], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const ended = new Promise<number | null>((resolve) => gateway.once('close', resolve));
    const listening = new Promise<string>((resolve) => {
      gateway.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const url = /"listeners":\["(http:[^"]+)"\]/.exec(output)?.[1];
        if (url !== undefined) resolve(url);
      });
    });
    gateway.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const url = await Promise.race([listening, ended.then(() => Promise.reject(new Error(output)))]);
    const answer = await send(`${url}/ews/exchange.asmx`, GET_FOLDER, { authorization: basic(ALICE) });
    t.equal(answer.status, 200);
    t.match(answer.text, /<t:TotalCount>1</);
    gateway.kill('SIGTERM');
    t.equal(await ended, 0);
    assertNoSecrets(output);
  },
);

t.test(
  'its other commands work too',
  { skip: process.platform === 'linux' && process.arch === 'x64' ? false : 'this machine is another one' },
  async (t) => {
    const run = (args: readonly string[], input = ''): { status: number | null; output: string } => {
      const { status, stdout, stderr } = spawnSync(linux, args, { ...options, input, encoding: 'utf8' });
      return { status, output: stdout + stderr };
    };
    t.match(run(['--help']), { status: 0, output: /^Usage: ews-gateway/ });
    // The simulator lives in this process, which waits: only what needs nobody else.
    t.match(run(['check', '--config', 'none.yaml']), { status: 1, output: /✗ none\.yaml: cannot be read/ });
    t.match(run(['hash-password'], 'x'), { status: 0, output: /^\$argon2id\$/ });
    t.match(run(['certs', 'localhost', '--folder', 'certs']), { status: 0, output: /Made a certificate authority/ });
    t.match(run(['init', '--tenant', TENANT, '--client', CLIENT, '--delegated', '--caller', ALICE, '--no-check']), {
      status: 0,
      output: /Wrote config\/gateway\.yaml/,
    });
    t.match(run(['schema']), { status: 0, output: /ews-gateway configuration/ });
    t.match(run(['demo']), { status: 1, output: /not part of the single executable/ });
  },
);

/** An asset as it lies in an executable: its name, the length of its content in eight bytes, the content. */
function assetOf(executable: Buffer, name: string): string {
  const at = executable.indexOf(name) + name.length;
  const from = at + 8;
  const length = Number(executable.readBigUInt64LE(at));
  return zstdDecompressSync(executable.subarray(from, from + length)).toString('latin1');
}

t.test('the Windows executable is one, with the program inside, and both have their licences', async (t) => {
  const bytes = readFileSync(windows);
  t.equal(bytes.toString('latin1', 0, 2), 'MZ');
  t.ok(bytes.includes('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1'), 'switched on');
  t.match(assetOf(bytes, 'main.js.zst'), /Usage: ews-gateway/);
  const licences = readFileSync(join(linux, '../LICENSES.txt'), 'utf8');
  for (const name of ['fastify', 'undici', '@azure/msal-node', 'node-forge', 'pino'])
    t.match(licences, new RegExp(`^${name} \\d`, 'm'));
});

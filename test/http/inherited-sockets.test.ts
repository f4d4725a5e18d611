/** A parent passes a listening socket, as systemd does, and starts the gateway twice. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { takeInheritedSockets } from '../../src/http/inherited-sockets.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { eventually } from '../support/eventually.ts';
import { CLIENT, newMailbox, ALICE, SECRET, TENANT, yamlOf } from '../support/stack.ts';
import { TEST_KEY } from '../support/key.ts';
import { LONG_ONLY } from '../support/effort.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

t.test('sockets of another process are none of ours', async (t) => {
  t.equal(takeInheritedSockets({ LISTEN_PID: '1', LISTEN_FDS: '1' }).size, 0);
  t.equal(takeInheritedSockets({ LISTEN_FDS: '1' }).size, 0);
  const environment = { LISTEN_PID: String(process.pid), LISTEN_FDS: '0', LISTEN_FDNAMES: 'x' };
  takeInheritedSockets(environment);
  t.same(environment, {}, 'and processes of ours get no such variables');
});

t.test('a restart loses no connection', { skip: process.platform !== 'linux' || LONG_ONLY }, async (t) => {
  const simulator = await startSimulator({
    key: TEST_KEY,
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
    mailboxes: [newMailbox(ALICE)],
  });
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-inherited-'));
  const parent = createServer();
  await new Promise<void>((resolve) => parent.listen(0, '127.0.0.1', resolve));
  const { port } = parent.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
  writeFileSync(join(folder, 'gateway.yaml'), yamlOf(simulator, { listen: `["${origin}"]` }));
  // The shell holds the socket, as systemd does, and never accepts.
  const run = `sh -c 'echo "pid $$"; LISTEN_PID=$$ exec "$0" "$@"' "$0" "$@"`;
  const holder = spawn(
    'sh',
    ['-c', `${run}; read line; ${run}`, process.execPath, MAIN, 'start', '-c', 'gateway.yaml'],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], SECRET, LISTEN_FDS: '1' },
      stdio: ['pipe', 'pipe', 'inherit', fdOf(parent)],
    },
  );
  parent.close();
  let output = '';
  holder.stdout?.on('data', (data: Buffer) => (output += data.toString()));
  const pids = (): number[] => [...output.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid));
  t.teardown(async () => {
    for (const pid of pids().slice(1)) process.kill(pid, 'SIGKILL');
    await simulator.close();
    rmSync(folder, { recursive: true });
  });
  const starts = (): number => output.split('configuration in force').length - 1;
  await eventually(() => starts() === 1);
  t.equal((await fetch(`${origin}/ews/exchange.asmx`)).status, 401);
  process.kill(pids()[0] ?? 0, 'SIGTERM');
  await eventually(() => output.includes('"stopped"') || /\bstopped\b/.test(output));
  // Nobody accepts at the moment: it waits in the socket's queue.
  const waiting = fetch(`${origin}/ews/exchange.asmx`, { headers: { connection: 'close' } });
  holder.stdin?.write('go\n');
  t.equal((await waiting).status, 401);
  // The line may come after the first answer.
  t.ok(await eventually(() => starts() === 2));
});

/** Node has no way to pass a listening socket but its descriptor. */
function fdOf(server: Server): number {
  const { _handle: handle } = server as unknown as { readonly _handle: { readonly fd: number } };
  return handle.fd;
}

/** READY, WATCHDOG and STOPPING, by systemd's own program where it is installed, to a socket in systemd's place. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { run, type CommandRun } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { SECRET, startStack } from '../support/stack.ts';

const skip = process.platform === 'linux' ? false : 'systemd is a part of Linux';
/** In microseconds: a report every 50 ms. */
const WATCHDOG_USEC = '100000';
/** Prints each datagram. */
const SYSTEMD = [
  'import os, socket, sys',
  's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
  's.bind(sys.argv[1])',
  'print("bound", flush=True)',
  'while True: print(s.recv(4096).decode(), flush=True)',
].join('\n');

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-notify-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** In the place of systemd-notify: notes what it is given. */
function fakeProgram(t: Test, then = ''): { readonly PATH: string; readonly said: () => string[] } {
  const folder = folderOf(t);
  const file = join(folder, 'said');
  const program = join(folder, 'systemd-notify');
  writeFileSync(program, `#!/bin/sh\necho "$NOTIFY_SOCKET" $* $SECRET >>'${file}'\n${then}\n`);
  chmodSync(program, 0o700);
  return {
    PATH: `${folder}:/usr/bin:/bin`,
    said: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []),
  };
}

async function start(t: Test, environment: Record<string, string>): Promise<CommandRun> {
  const { configFile } = await startStack(t);
  return run(t, ['start', '--config', configFile], { environment: { SECRET, ...environment } });
}

t.test('ready, alive until the end, and stopping', { skip }, async (t) => {
  const { PATH, said } = fakeProgram(t);
  const gateway = await start(t, { PATH, NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC, WATCHDOG_PID: String(process.pid) });
  await eventually(() => said().length > 3);
  gateway.kill('SIGTERM');
  t.equal(await gateway.ended, 0);
  const lines = said();
  t.equal(lines[0], '/run/x READY=1', 'first, and without the secrets of the environment');
  t.ok(lines.includes('/run/x STOPPING=1'));
  t.same(
    new Set(lines.slice(1).filter((line) => !line.includes('STOPPING'))),
    new Set(['/run/x WATCHDOG=1']),
    'as often as the unit asks',
  );
});

t.test('nothing is said that nobody asks for', { skip }, async (t) => {
  const { PATH, said } = fakeProgram(t);
  const alone = await start(t, { PATH, WATCHDOG_USEC });
  await alone.until(/configuration in force/);
  alone.kill('SIGTERM');
  await alone.ended;
  t.same(said(), [], 'without systemd');
  const unwatched = await start(t, { PATH, NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC, WATCHDOG_PID: '1' });
  await eventually(() => said().length > 0);
  unwatched.kill('SIGTERM');
  await unwatched.ended;
  t.same(said(), ['/run/x READY=1', '/run/x STOPPING=1'], 'where another process is watched');
});

t.test('a program that fails, or is not there, is named once, and the gateway goes on', { skip }, async (t) => {
  for (const PATH of [fakeProgram(t, 'echo "no such socket" >&2; exit 1').PATH, '/nowhere']) {
    const gateway = await start(t, { PATH, NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC });
    await gateway.until(/cannot tell systemd/);
    gateway.kill('SIGTERM');
    t.equal(await gateway.ended, 0);
    t.equal(gateway.stdout.match(/cannot tell systemd/g)?.length, 1);
  }
});

const tools = ['systemd-notify', 'python3'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
t.test(
  "systemd's own program sends it to the socket",
  { skip: skip || (tools.length > 0 ? `${tools.join(' and ')} is not here` : false) },
  async (t) => {
    const socket = join(folderOf(t), 'notify');
    const systemd = spawn('python3', ['-c', SYSTEMD, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => systemd.once('exit', resolve));
    t.teardown(async () => {
      systemd.kill('SIGKILL');
      await ended;
    });
    let received = '';
    systemd.stdout.on('data', (chunk: Buffer) => (received += chunk.toString()));
    await eventually(() => received.includes('bound'));
    const { PATH = '' } = process.env;
    const gateway = await start(t, { PATH, NOTIFY_SOCKET: socket, WATCHDOG_USEC });
    await eventually(() => /READY=1[^]*WATCHDOG=1/.test(received));
    gateway.kill('SIGTERM');
    t.equal(await gateway.ended, 0);
    await eventually(() => received.includes('STOPPING=1'));
    t.notMatch(gateway.stdout, /cannot tell systemd/);
  },
);

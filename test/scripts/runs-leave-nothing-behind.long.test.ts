import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runWithin } from '../../scripts/run-within.ts';

const RUN_WITHIN = join(import.meta.dirname, '../../scripts/run-within.ts');
const OWN_TIME = join(import.meta.dirname, '../../scripts/own-time.ts');
/** Connects, and then does nothing but turn: no timer and no signal handler of its own ends it. */
const TURNS = "require('node:net').connect(process.argv[1], '127.0.0.1', () => { for (;;); })";
/** Starts one that turns, and does as the code that follows says. */
const STARTS = "require('node:child_process').spawn(process.execPath, ['-e', process.argv[2], process.argv[1]]);";

/** A port to which processes connect, so that the end of a connection tells the end of a process. */
async function connectionsOf(t: Test): Promise<{ port: string; connected: (count: number) => Promise<Socket[]> }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined).resume());
    server.emit('counted');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const connected = async (count: number): Promise<Socket[]> => {
    while (sockets.length < count) await once(server, 'counted');
    return sockets;
  };
  return { port: String((server.address() as AddressInfo).port), connected };
}

/** Waits for the end of the processes behind connections. */
async function ended(sockets: readonly Socket[]): Promise<void> {
  // Not by `once`, which a reset would end.
  const close = (socket: Socket): Promise<unknown> => new Promise((done) => socket.once('close', done));
  await Promise.all(sockets.filter((socket) => !socket.closed).map(close));
}

t.test('a run that turns is killed, with what it has started', async (t) => {
  const { port, connected } = await connectionsOf(t);
  const killed = new AbortController();
  const running = runWithin(process.execPath, ['-e', STARTS + TURNS, port, TURNS], { signal: killed.signal });
  const sockets = await connected(2);
  killed.abort();
  t.equal((await running).status, null);
  await ended(sockets);
});

t.test('what a run leaves when it ends is killed', async (t) => {
  const { port, connected } = await connectionsOf(t);
  // Ends as soon as the other has connected, of which it learns by its own connection.
  const waits = "require('node:net').connect(process.argv[1], '127.0.0.1').on('data', () => process.exit(3));";
  const running = runWithin(process.execPath, ['-e', STARTS + waits, port, TURNS], {
    signal: new AbortController().signal,
  });
  const sockets = await connected(2);
  for (const socket of sockets) socket.write('x');
  t.equal((await running).status, 3);
  await ended(sockets);
});

t.test('runs end with the process that runs them', async (t) => {
  const runs = `import { runWithin } from ${JSON.stringify(RUN_WITHIN)};
    const [port, program] = process.argv.slice(1);
    const { signal } = new AbortController();
    await runWithin(process.execPath, ['--import', ${JSON.stringify(OWN_TIME)}, '-e', program, port], { signal });`;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const { port, connected } = await connectionsOf(t);
    const runner = spawn(process.execPath, ['--input-type=module', '-e', runs, port, TURNS], {
      env: { ...process.env, OWN_TIME_LIMIT: '300000' },
      stdio: 'ignore',
    });
    const sockets = await connected(1);
    runner.kill(signal);
    t.same(await once(runner, 'exit'), signal === 'SIGTERM' ? [143, null] : [null, signal]);
    await ended(sockets);
  }
});

t.test('a run ends by itself when its time is over, whether it turns or only waits', async (t) => {
  for (const program of ['for (;;);', 'setInterval(() => undefined, 1e6)']) {
    const { status } = await runWithin(process.execPath, ['--import', OWN_TIME, '-e', program], {
      env: { ...process.env, OWN_TIME_LIMIT: '300' },
      signal: new AbortController().signal,
    });
    t.equal(status, null, program);
  }
  const { status } = await runWithin(process.execPath, ['--import', OWN_TIME, '-e', 'process.exitCode = 4'], {
    env: { ...process.env, OWN_TIME_LIMIT: '300000' },
    signal: new AbortController().signal,
  });
  t.equal(status, 4, 'one that ends before is not held up');
});

t.test('what it wrote is kept to the end', async (t) => {
  const writes = "process.stdout.write('x'.repeat(1_000_000) + 'end'); process.exitCode = 1";
  const { output, status } = await runWithin(process.execPath, ['-e', writes], {
    signal: new AbortController().signal,
  });
  t.equal(output.length, 1_000_003);
  t.match(output, /end$/);
  t.equal(status, 1);
});

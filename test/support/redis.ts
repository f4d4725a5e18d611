/** A real redis-server for one test, on a port and in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePort } from './free-port.ts';
import type { RedisTls } from './redis-tls.ts';

/** Why a test that needs one is skipped on this machine; false where it is not. */
export const WITHOUT_REDIS: string | false =
  spawnSync('redis-server', ['--version']).status === 0
    ? false
    : 'there is no redis-server here (Debian: apt-get install redis-server)';

const IN_MEMORY = ['--save', '', '--appendonly', 'no'];

export interface RedisServer {
  /** Where it takes commands without TLS. */
  readonly port: number;
  /** For gateways. */
  readonly url: string;
  /** Where other servers reach it. */
  readonly peer: readonly [host: string, port: number];
  /** Runs one command, and gives what redis-cli prints. */
  readonly command: (...words: string[]) => string;
  /** Ends the process as a crash would. */
  readonly kill: () => Promise<void>;
  /** Starts it again on its port, with nothing in memory. */
  readonly restart: () => Promise<void>;
}

/** @param settings more of its configuration, as on its command line */
export function startRedis(t: Test, ...settings: string[]): Promise<RedisServer> {
  return redisProcess(t, { settings: [...IN_MEMORY, ...settings] });
}

/** The same with TLS, by the name of localhost. */
export function startTlsRedis(t: Test, { settings: tls }: RedisTls, ...settings: string[]): Promise<RedisServer> {
  return redisProcess(t, { settings: [...IN_MEMORY, ...settings], tls });
}

export interface RedisOptions {
  /** As on its command line. */
  readonly settings: readonly string[];
  /** What stands before everything else, such as a file. */
  readonly first?: readonly string[];
  /** Settings of TLS; undefined: without. */
  readonly tls?: readonly string[] | undefined;
}

/** Starts a process of redis-server in a folder of its own, and waits until it takes connections. */
export async function redisProcess(t: Test, { settings, first = [], tls }: RedisOptions): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-redis-'));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const options = [
    ...first,
    // Another machine may look for localhost at ::1 first.
    '--bind',
    '127.0.0.1',
    '-::1',
    '--port',
    String(port),
    '--dir',
    folder,
    ...(tls === undefined ? [] : ['--tls-port', String(tlsPort), ...tls]),
    ...settings,
  ];
  const start = async (): Promise<ReturnType<typeof spawn>> => {
    const child = spawn('redis-server', options, { stdio: 'ignore', cwd: folder });
    while (!(await accepts(port))) if (child.exitCode !== null) throw new Error('redis-server has ended');
    return child;
  };
  let child = await start();
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  t.teardown(async () => {
    await kill();
    rmSync(folder, { recursive: true });
  });
  return {
    port,
    url: tls === undefined ? `redis://127.0.0.1:${port}` : `rediss://localhost:${tlsPort}`,
    peer: tls === undefined ? ['127.0.0.1', port] : ['localhost', tlsPort],
    command: (...words) => spawnSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' }).stdout.trim(),
    kill,
    restart: async () => {
      child = await start();
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  } finally {
    socket.destroy();
  }
}

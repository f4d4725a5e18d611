/** A real redis-server for one test, on a port and in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePort } from './free-port.ts';

/** Why a test that needs one is skipped on this machine; false where it is not. */
export const WITHOUT_REDIS: string | false =
  spawnSync('redis-server', ['--version']).status === 0
    ? false
    : 'there is no redis-server here (Debian: apt-get install redis-server)';

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Runs one command, and gives what redis-cli prints. */
  readonly command: (...words: string[]) => string;
  /** Ends the process as a crash would. */
  readonly kill: () => Promise<void>;
  /** Starts it again on its port, with nothing in memory. */
  readonly restart: () => Promise<void>;
}

/** @param settings more of its configuration, as on its command line */
export async function startRedis(t: Test, ...settings: string[]): Promise<RedisServer> {
  const port = await freePort();
  return redisProcess(t, port, ['--save', '', '--appendonly', 'no', ...settings]);
}

/**
 * Starts a process of redis-server in a folder of its own, and waits until it takes connections.
 *
 * @param first what stands before everything else, such as a file
 */
export async function redisProcess(
  t: Test,
  port: number,
  settings: readonly string[],
  first: readonly string[] = [],
): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-redis-'));
  const options = [...first, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...settings];
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
    url: `redis://127.0.0.1:${port}`,
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

/** Processes that end with all that they have started. */
import { spawn } from 'node:child_process';

/** How a process ended. */
export interface Ended {
  readonly pid: number;
  /** Null when it was killed. */
  readonly status: number | null;
  /** What it wrote to standard output. */
  readonly output: string;
}

/** How a process is run. */
export interface RunWithinOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Kills it. */
  readonly signal: AbortSignal;
}

/** The groups of processes that run. */
const groups = new Set<number>();

/** Ends what is left of a group. */
function endGroup(pid: number): void {
  groups.delete(pid);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

/** Ends all groups: they are no longer this process's own, so that its end would not be theirs. */
process.on('exit', () => {
  for (const pid of groups) endGroup(pid);
});
for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const)
  process.once(signal, () => process.exit(128 + number));

/**
 * Runs a program until it ends or is killed. Then nothing that it started runs on, whether it ended by itself or not,
 * and neither does it when this process ends first.
 *
 * @throws when it cannot be started
 */
export async function runWithin(program: string, args: readonly string[], options: RunWithinOptions): Promise<Ended> {
  const { signal, ...rest } = options;
  // In a group of its own, which one signal reaches.
  const child = spawn(program, args, { ...rest, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  const { pid } = child;
  let output = '';
  const kill = (): void => {
    if (pid !== undefined) endGroup(pid);
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const closed = new Promise((done) => child.once('close', done));
  if (pid !== undefined) groups.add(pid);
  signal.addEventListener('abort', kill, { once: true });
  try {
    const status = await new Promise<number | null>((done, failed) => {
      child.once('error', failed);
      child.once('exit', done);
    });
    kill();
    await closed;
    return { pid: pid ?? 0, status, output };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

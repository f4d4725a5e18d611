/**
 * Ends this process, with its group, when the time in OWN_TIME_LIMIT (milliseconds) is over, or when the process that
 * started it is gone: `node --import ./scripts/own-time.ts`, in a process that leads a group. A thread watches, which
 * also sees a loop that never ends. On Linux, time in which the process waits for a processor is not its own: on a
 * machine that others use, one that is slow is not taken for one that hangs.
 *
 * @see https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
 */
import { globSync, readFileSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/** Milliseconds between two looks. */
const TICK = 250;

/** Milliseconds that the threads of this process have waited for a processor, all together. */
function waitedForProcessor(): number {
  let sum = 0;
  for (const file of globSync('/proc/self/task/*/schedstat')) {
    try {
      sum += Number(readFileSync(file, 'utf8').split(' ')[1]) / 1e6;
    } catch {
      // The thread has ended.
    }
  }
  return sum;
}

interface Watch {
  /** The process that started this one. */
  readonly ownTimeParent: number;
}

const watch = workerData as Partial<Watch> | null;
if (isMainThread) {
  const data: Watch = { ownTimeParent: process.ppid };
  new Worker(import.meta.filename, { workerData: data, execArgv: [] }).unref();
} else if (watch?.ownTimeParent !== undefined) {
  // Not in threads of the program, which are started with the same options.
  const limit = Number(process.env['OWN_TIME_LIMIT']);
  setInterval(() => {
    const { user, system } = process.cpuUsage();
    const own = Math.max((user + system) / 1_000, performance.now() - waitedForProcessor());
    if (own > limit || process.ppid !== watch.ownTimeParent) process.kill(-process.pid, 'SIGKILL');
  }, TICK);
}

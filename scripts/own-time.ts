/**
 * Ends this process, with its group, when the time in OWN_TIME_LIMIT (milliseconds) is over, or when the process that
 * started it is gone: `node --import ./scripts/own-time.ts`, in a process that leads a group. A thread watches, which
 * also sees a loop that never ends. Its time goes by only as far as the processor is had: where others take it, a
 * process that is slow is not taken for one that hangs.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/** Milliseconds between two looks. */
const TICK = 100;

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
  let waited = 0;
  setInterval(() => {
    waited += TICK;
    const { user, system } = process.cpuUsage();
    if (Math.max(waited, (user + system) / 1_000) > limit || process.ppid !== watch.ownTimeParent)
      process.kill(-process.pid, 'SIGKILL');
  }, TICK);
}

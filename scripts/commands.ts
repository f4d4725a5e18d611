/** Runs programs that releases are made with. */
import { spawnSync } from 'node:child_process';

/**
 * Runs a program to its end; what it prints is shown.
 *
 * @throws Error if it cannot be started or does not exit with 0
 */
export function run(command: string, args: readonly string[], cwd: string): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw failure(command, args, error?.message);
}

/**
 * Runs a program to its end.
 *
 * @returns what it prints
 * @throws Error if it cannot be started or does not exit with 0, with what it printed as an error
 */
export function read(command: string, args: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw failure(command, args, error?.message ?? stderr.trim());
  return stdout;
}

/** @returns npm as it runs this script, else the one on the path, for {@link run} and {@link read} */
export function npm(args: readonly string[]): readonly [command: string, args: readonly string[]] {
  const cli = process.env['npm_execpath'];
  if (cli === undefined) return [process.platform === 'win32' ? 'npm.cmd' : 'npm', args];
  return [process.execPath, [cli, ...args]];
}

function failure(command: string, args: readonly string[], why: string | undefined): Error {
  return new Error(`${command} ${args.join(' ')} failed${why === undefined || why === '' ? '' : `: ${why}`}`);
}

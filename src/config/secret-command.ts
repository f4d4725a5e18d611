/**
 * Runs a configured program that prints a secret, for vault clients. No shell is involved.
 *
 * A secret is printed on standard output and ends with a line break or without; standard error is
 * shown to the administrator where the program fails, standard output never is.
 */
import { execFile, spawnSync } from 'node:child_process';
import type { CommandReference } from './types.ts';

export type CommandResult = { readonly value: string } | { readonly problem: string };

/** What programs gave, by {@link commandKey}. */
export type CommandResults = ReadonlyMap<string, CommandResult>;

const MAX_OUTPUT = 1024 * 1024;

export function commandKey({ command, timeoutSeconds }: CommandReference): string {
  return JSON.stringify([command, timeoutSeconds]);
}

/** Runs it now, and waits. */
export function runCommandSync(reference: CommandReference): CommandResult {
  const [program = '', ...args] = reference.command;
  const { error, status, signal, stdout, stderr } = spawnSync(program, args, {
    timeout: timeoutOf(reference),
    maxBuffer: MAX_OUTPUT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  return resultOf(
    reference,
    { code: error === undefined ? undefined : String((error as NodeJS.ErrnoException).code), status, signal },
    stdout,
    stderr,
  );
}

/** Runs all of them side by side, without holding up anything else. */
export async function runCommands(references: readonly CommandReference[]): Promise<CommandResults> {
  return new Map(
    await Promise.all(
      references.map(async (reference) => [commandKey(reference), await runCommand(reference)] as const),
    ),
  );
}

function runCommand(reference: CommandReference): Promise<CommandResult> {
  const [program = '', ...args] = reference.command;
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { timeout: timeoutOf(reference), maxBuffer: MAX_OUTPUT, encoding: 'utf8', windowsHide: true },
      (error, stdout, stderr) => {
        const code =
          error === null
            ? undefined
            : error.killed === true
              ? 'ETIMEDOUT'
              : typeof error.code === 'string'
                ? error.code
                : undefined;
        resolve(
          resultOf(
            reference,
            {
              code,
              status: error === null ? 0 : typeof error.code === 'number' ? error.code : null,
              signal: error?.signal ?? null,
            },
            stdout,
            stderr,
          ),
        );
      },
    );
    child.stdin?.end();
  });
}

function timeoutOf({ timeoutSeconds }: CommandReference): number {
  return timeoutSeconds * 1000;
}

interface Ending {
  readonly code: string | undefined;
  readonly status: number | null;
  readonly signal: string | null;
}

function resultOf(
  reference: CommandReference,
  { code, status, signal }: Ending,
  stdout: string | null,
  stderr: string | null,
): CommandResult {
  const program = reference.command[0] ?? '';
  if (code === 'ETIMEDOUT') return { problem: `${program} printed no secret within ${timeoutOf(reference) / 1000} s` };
  if (code !== undefined) return { problem: `${program} cannot be run (${code})` };
  if (status !== 0) {
    const ending = status === null ? `signal ${signal}` : `status ${status}`;
    const said = (stderr ?? '').trim().split('\n').at(-1)?.slice(0, 200) ?? '';
    return {
      problem: `${program} ended with ${ending}${said === '' ? '' : `: ${said}`}`,
    };
  }
  const value = (stdout ?? '').replace(/\r?\n$/, '');
  return value === '' ? { problem: `${program} printed nothing` } : { value };
}

/** Runs the command line as a process of its own; at its end everything it printed is searched for secrets. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Test } from 'tap';
import { assertNoSecrets } from './stack.ts';

/** The program under test: the source, or what `npm run test:built` has built. */
const MAIN = process.env['EWS_GATEWAY_MAIN'] ?? join(import.meta.dirname, '../../src/main.ts');

export interface CommandOptions {
  readonly input?: string;
  readonly environment?: Record<string, string>;
  readonly cwd?: string;
  /** Run it on a terminal of its own. */
  readonly terminal?: boolean;
}

export class CommandRun {
  stdout = '';
  stderr = '';
  /** Exit status, null after a signal. */
  readonly ended: Promise<number | null>;
  readonly #child: ReturnType<typeof spawn>;
  #changed: () => void = () => undefined;
  #done = false;

  constructor(t: Test, args: readonly string[], options: CommandOptions) {
    const [file, ...rest] =
      options.terminal === true ? onTerminal([process.execPath, MAIN, ...args]) : [process.execPath, MAIN, ...args];
    this.#child = spawn(file ?? '', rest, {
      env: { ...process.env, ...options.environment },
      cwd: options.cwd,
      stdio: 'pipe',
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
      this.#changed();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
      this.#changed();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        this.#done = true;
        this.#changed();
        resolve(code);
      });
    });
    if (options.terminal !== true) this.#child.stdin?.end(options.input ?? '');
    t.teardown(async () => {
      this.#child.kill('SIGKILL');
      await this.ended;
      // A password hash is what one of the commands is for.
      assertNoSecrets((this.stdout + this.stderr).replaceAll(/scrypt:[\w:-]*/g, ''));
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Types on the terminal. */
  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Waits until something matching was printed. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match !== null) return match;
      if (this.#done) throw new Error(`ended without ${pattern}:\n${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }
}

export function run(t: Test, args: readonly string[], options: CommandOptions = {}): CommandRun {
  return new CommandRun(t, args, options);
}

/** `script` gives a program a terminal, and passes on what it shows. */
function onTerminal(command: readonly string[]): string[] {
  return [
    'script',
    '--quiet',
    '--return',
    '--echo',
    'never',
    '--command',
    command.map((part) => `'${part}'`).join(' '),
    '/dev/null',
  ];
}

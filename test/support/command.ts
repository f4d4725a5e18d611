/**
 * Runs the command line: in this process, with streams and signals of its own, or as a process, where
 * just that is the point. At its end everything it printed is searched for secrets.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { join, resolve } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { Test } from 'tap';
import type { CommandIo, Signal } from '../../src/cli/command.ts';
import { run as runCommandLine } from '../../src/cli/run.ts';
import { eventually } from './eventually.ts';
import { assertNoSecrets, FAST_HASHING } from './stack.ts';

/** The program that is spawned: the source, or what `npm run test:built` has built. */
const MAIN = process.env['EWS_GATEWAY_MAIN'] ?? join(import.meta.dirname, '../../src/main.ts');

export interface CommandOptions {
  /** What is piped in. */
  readonly input?: string;
  /** It runs on a terminal: of its own as a process, else one that only says so. */
  readonly terminal?: boolean;
  readonly environment?: Record<string, string>;
  readonly cwd?: string;
  /** Default: as it is installed. */
  readonly programName?: string;
}

/** A command that runs, or has run. */
export abstract class CommandRun {
  stdout = '';
  stderr = '';
  /** Exit status, null after a signal. */
  abstract readonly ended: Promise<number | null>;
  #done = false;

  /** As the program gets it from outside. */
  abstract kill(signal: Signal): void;

  /** Types on the terminal. */
  abstract type(text: string): void;

  /** Waits until something matching was printed. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    return eventually(
      () => {
        const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
        if (match === null && this.#done) throw new Error(`ended without ${pattern}:\n${this.stdout}${this.stderr}`);
        return match ?? undefined;
      },
      () => `not ${pattern} yet:\n${this.stdout}${this.stderr}`,
    );
  }

  /** Watches over what it prints, and stops it with the test. */
  protected watch(t: Test, stop: () => void): void {
    void this.ended.then(() => (this.#done = true));
    t.teardown(async () => {
      if (!this.#done) stop();
      await this.ended;
      // A password hash is what one of the commands is for.
      assertNoSecrets((this.stdout + this.stderr).replaceAll(/\$argon2id\$[\w$=,+/]*/g, ''));
    });
  }
}

class InProcess extends CommandRun {
  readonly ended: Promise<number>;
  readonly #signals = new EventEmitter();
  readonly #stdin = new PassThrough();

  constructor(t: Test, args: readonly string[], options: CommandOptions) {
    super();
    const { input = '', environment = {}, cwd, programName, terminal = false } = options;
    const into = (take: (text: string) => void): Writable =>
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          take(chunk.toString());
          done();
        },
      });
    const stdout = into((text) => (this.stdout += text));
    if (!terminal) this.#stdin.end(input);
    this.ended = new Promise((end) => {
      const io: CommandIo = {
        programName: programName ?? 'ews-gateway',
        stdin: this.#stdin,
        stdout,
        stderr: into((text) => (this.stderr += text)),
        isTerminal: { stdin: terminal, stdout: terminal, stderr: terminal },
        environment,
        platform: process.platform,
        signals: this.#signals,
        path: (given) => (cwd === undefined ? given : resolve(cwd, given)),
        exit: end,
        log: stdout,
        hashing: FAST_HASHING,
        intervals: { progress: 100, files: 25 },
      };
      void runCommandLine(args, io).then(end);
    });
    this.watch(t, () => this.kill('SIGTERM'));
  }

  kill(signal: Signal): void {
    this.#signals.emit(signal);
  }

  type(text: string): void {
    this.#stdin.write(text);
  }
}

class Spawned extends CommandRun {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(t: Test, args: readonly string[], { input = '', environment, cwd, terminal = false }: CommandOptions) {
    super();
    const command = [process.execPath, MAIN, ...args];
    const [file = '', ...rest] = terminal ? onTerminal(command) : command;
    this.#child = spawn(file, rest, { env: { ...process.env, ...environment }, cwd, stdio: 'pipe' });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((end) => this.#child.once('close', end));
    if (!terminal) this.#child.stdin?.end(input);
    this.watch(t, () => this.#child.kill('SIGKILL'));
  }

  kill(signal: Signal): void {
    this.#child.kill(signal);
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }
}

/** Runs a command in this process. */
export function run(t: Test, args: readonly string[], options: CommandOptions = {}): CommandRun {
  return new InProcess(t, args, options);
}

/** Runs it as a process of its own. Each command has one test that does: `npm run test:built` runs these. */
export function spawnCommand(t: Test, args: readonly string[], options: CommandOptions = {}): CommandRun {
  return new Spawned(t, args, options);
}

/** `script` gives a program a terminal, and passes on what it shows. */
function onTerminal(command: readonly string[]): string[] {
  const line = command.map((part) => `'${part}'`).join(' ');
  return ['script', '--quiet', '--return', '--echo', 'never', '--command', line, '/dev/null'];
}

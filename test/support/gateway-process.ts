/** A gateway in a process of its own: its memory and its processor time are its own, and it can be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { assertNoSecrets, SECRET, yamlOf, type StackOptions } from './stack.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
/** As it is installed and as npm start runs it: without, V8's young generation alone grows by 64 MiB. */
const V8_OPTIONS = ['--max-semi-space-size=16'];

/** What it says once it listens. */
interface Ready {
  readonly listeners: readonly string[];
  readonly admin: string;
}

export class GatewayProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ews-gateway-test-'));
  #child: ChildProcess | undefined;
  #output = '';
  #url = '';
  #admin = '';
  readonly #v8Options: readonly string[];

  constructor(simulator: Simulator, options: StackOptions, v8Options: readonly string[] = []) {
    this.#v8Options = v8Options;
    writeFileSync(join(this.#folder, 'ca.pem'), simulator.tls.certificate);
    writeFileSync(join(this.#folder, 'gateway.yaml'), yamlOf(simulator, options));
  }

  /** The EWS endpoint; stays the same after a restart only where `listen` says the port. */
  get url(): string {
    return this.#url;
  }

  /** The admin address. */
  get admin(): string {
    return this.#admin;
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it, also once more after it ended. Resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(
      process.execPath,
      [...V8_OPTIONS, ...this.#v8Options, MAIN, 'start', '--config', join(this.#folder, 'gateway.yaml')],
      {
        env: { ...process.env, SECRET },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    this.#child = child;
    const { listeners, admin } = await this.#listening(child);
    this.#url = `${listeners[0] ?? ''}/ews/exchange.asmx`;
    this.#admin = admin;
  }

  /** The addresses that it says it listens at. @throws Error where it ends before */
  #listening(child: ChildProcess): Promise<Ready> {
    let printed = '';
    let isReady = false;
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${printed}`)));
      child.stdout?.on('data', (data: Buffer) => {
        this.#output += data.toString();
        if (isReady) return;
        printed += data.toString();
        const line = printed.split('\n').find((line) => line.includes('configuration in force') && line.endsWith('}'));
        if (line === undefined) return;
        isReady = true;
        resolve(JSON.parse(line) as Ready);
      });
    });
  }

  /** Ends it as nothing but the system can: nothing is finished, nothing is written any more. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Lets it stand still, as a machine that is paused does, or go on. Its connections stay. */
  pause(isPaused: boolean): void {
    this.#child?.kill(isPaused ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Ends it as an administrator does, and starts it again. */
  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    await this.start();
  }

  /** Ends it as an administrator does, and searches what it printed for secrets. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
    assertNoSecrets(this.#output);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  /** Forgets the highest resident memory so far. */
  resetPeak(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, '5');
  }

  /** The highest resident memory since the start or the reset, in bytes (Linux). */
  peakBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  /** User and system time so far (Linux). */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8').replace(/^.*\) /, '');
    const [user, system] = stat.split(' ').slice(11, 13).map(Number);
    return ((user ?? Number.NaN) + (system ?? Number.NaN)) / 100;
  }
}

/** Starts one, which ends with the test. @param v8Options besides those it is installed with */
export async function startGatewayProcess(
  t: Test,
  simulator: Simulator,
  options: StackOptions = {},
  v8Options: readonly string[] = [],
): Promise<GatewayProcess> {
  const gateway = new GatewayProcess(simulator, options, v8Options);
  t.teardown(() => gateway.stop());
  await gateway.start();
  return gateway;
}

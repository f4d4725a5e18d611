/** The gateway as a process of its own, whose clock, memory and log the soak run has in hand. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { assertNoSecrets, SECRET } from '../support/stack.ts';
import { heldBy } from './held.ts';
import type { Held, ToInside } from './inside.ts';

const READY = /"listeners":\["([^"]+)"\],"admin":"([^"]+)"/;
/** At which the log is looked through and emptied, in bytes, so that the disk is only full when it is to be. */
const LOG_SIZE = 2_000_000;

export interface Place {
  /** Of the configuration. */
  readonly folder: string;
  /** Of log, audit log and state: the disk that becomes full. */
  readonly disk: string;
}

export class GatewayProcess {
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #configFile: string;
  readonly #log: string;
  #addresses: { readonly origin: string; readonly admin: string } | undefined;
  /** What its log says that it never should. */
  readonly complaints: string[] = [];
  /** How often one of its logs was written again after an error of the disk. */
  recoveries = 0;

  constructor({ folder, disk }: Place, yaml: string) {
    this.#configFile = join(folder, 'gateway.yaml');
    this.#log = join(disk, 'gateway.log');
    this.configure(yaml);
    const log = openSync(this.#log, 'a');
    this.#child = spawn(
      process.execPath,
      [
        '--max-semi-space-size=16',
        '--expose-gc',
        `--import=${join(import.meta.dirname, 'inside.ts')}`,
        join(import.meta.dirname, '../../src/main.ts'),
        'start',
        '--config',
        this.#configFile,
      ],
      { env: { ...process.env, SECRET, STATE_DIRECTORY: disk }, stdio: ['ignore', log, 'inherit', 'ipc'] },
    );
    closeSync(log);
    this.ended = new Promise((resolve) =>
      this.#child.once('exit', (status, signal) => resolve(signal ?? `status ${status}`)),
    );
  }

  /** Waits until it listens. @throws Error where it ends instead */
  async ready(): Promise<void> {
    let ended: string | undefined;
    void this.ended.then((how) => (ended = how));
    for (;;) {
      const [, origin, admin] = READY.exec(readFileSync(this.#log, 'utf8')) ?? [];
      if (origin !== undefined && admin !== undefined) {
        this.#addresses = { origin, admin };
        return;
      }
      if (ended !== undefined) throw new Error(`the gateway ended with ${ended}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get url(): string {
    return `${this.#addresses?.origin}/ews/exchange.asmx`;
  }

  /** Writes the configuration; the gateway looks at the file once a second. */
  configure(yaml: string): void {
    writeFileSync(this.#configFile, yaml);
  }

  kill(signal: 'SIGHUP' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  stepClock(seconds: number): void {
    this.#tell({ clockSeconds: seconds });
  }

  /** What it holds on to, after a full collection. */
  held(): Promise<Held> {
    return heldBy(this.#child);
  }

  async healthy(): Promise<boolean> {
    const response = await request(`${this.#addresses?.admin}/healthz`);
    await response.body.dump();
    return response.statusCode === 200;
  }

  /** The sum of a counter over its labels. */
  async counter(name: string): Promise<number> {
    const text = await (await request(`${this.#addresses?.admin}/metrics`)).body.text();
    return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
  }

  /** Looks through the log, and empties it where it has become large. */
  readLog(size = LOG_SIZE): void {
    if (statSync(this.#log).size < size) return;
    const text = readFileSync(this.#log, 'utf8');
    try {
      assertNoSecrets(text);
    } catch (error) {
      this.complaints.push(String(error));
    }
    this.recoveries += text.match(/is written again after/g)?.length ?? 0;
    const internal = /.*"outcome":"INTERNAL".*/.exec(text)?.[0];
    if (internal !== undefined) this.complaints.push(`failed inside the gateway: ${internal.slice(0, 1_000)}`);
    truncateSync(this.#log);
  }

  /** Asks it to end. @returns how it ended */
  async stop(): Promise<string> {
    this.#child.kill('SIGTERM');
    const how = await this.ended;
    this.readLog(0);
    return how;
  }

  #tell(message: ToInside): void {
    this.#child.send(message);
  }
}

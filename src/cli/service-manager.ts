/**
 * Reports to systemd that the service is ready, alive, or stopping.
 *
 * systemd listens on a datagram socket, which Node.js does not have, so systemd's own `systemd-notify` sends each
 * report as a child of this process; the unit therefore says `NotifyAccess=all`.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_watchdog_enabled.html
 */
import { execFile } from 'node:child_process';
import type { Logger } from 'pino';
import type { CommandIo } from './command.ts';

const PROGRAM = 'systemd-notify';
/** How long one report may take, in milliseconds; the next one waits for it. */
const PATIENCE = 10_000;
const MICROSECONDS = 1_000;

export class ServiceManager {
  readonly #environment: CommandIo['environment'];
  readonly #log: Logger;
  readonly #enabled: boolean;
  /** Reports are sent one at a time, in order. */
  #last: Promise<void> = Promise.resolve();
  #watchdog: NodeJS.Timeout | undefined;
  #waiting = false;
  #failed = false;

  /** @param environment in which systemd says where it listens; without that nothing is reported */
  constructor(environment: CommandIo['environment'], log: Logger) {
    this.#environment = environment;
    this.#log = log;
    this.#enabled = (environment['NOTIFY_SOCKET'] ?? '') !== '';
  }

  /** The service serves. From now on it reports that it is alive, as often as the unit's WatchdogSec asks. */
  ready(): void {
    this.#report('READY=1');
    const interval = this.#watchdogInterval();
    if (interval === undefined) return;
    // From the event loop, so that a process whose loop is stuck is restarted.
    this.#watchdog = setInterval(() => {
      if (!this.#waiting) this.#report('WATCHDOG=1');
    }, interval);
    this.#watchdog.unref();
  }

  /** It stops. It goes on reporting that it is alive, since requests may take their time to end. */
  stopping(): void {
    this.#report('STOPPING=1');
  }

  /** Ends the reports. */
  async close(): Promise<void> {
    clearInterval(this.#watchdog);
    await this.#last;
  }

  /** Half of the time that systemd allows, in milliseconds; undefined where it does not watch this process. */
  #watchdogInterval(): number | undefined {
    const { WATCHDOG_USEC, WATCHDOG_PID } = this.#environment;
    if (!this.#enabled || (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== process.pid)) return undefined;
    const allowed = Number(WATCHDOG_USEC) / MICROSECONDS;
    return allowed > 0 ? allowed / 2 : undefined;
  }

  #report(state: string): void {
    if (!this.#enabled) return;
    this.#waiting = true;
    this.#last = this.#last.then(() => this.#send(state));
    void this.#last.then(() => (this.#waiting = false));
  }

  async #send(state: string): Promise<void> {
    const { NOTIFY_SOCKET, PATH } = this.#environment;
    const error = await new Promise<Error | null>((resolve) =>
      // Without secrets that may be in the environment.
      execFile(PROGRAM, [state], { env: { NOTIFY_SOCKET, PATH }, timeout: PATIENCE }, resolve),
    );
    if (error !== null && !this.#failed)
      this.#log.error(
        { err: error },
        `${PROGRAM} cannot tell systemd of this service, which may end it: install ${PROGRAM}, or set Type=exec ` +
          'and no WatchdogSec in the unit.',
      );
    this.#failed = error !== null;
  }
}

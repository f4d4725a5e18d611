/**
 * The audit log: one JSON line for each request that ended, and with `required` one before it is
 * answered, in a file of its own; refused sign-ins are in a second file beside it. Both are
 * described in docs/audit-log.md.
 *
 * Lines are written together, at the latest after 100 ms. A file is renamed to FILE.1 (and FILE.1
 * to FILE.2, and so on) once it has reached its size, and reopened at each reload, so that
 * logrotate and the like can move it away and send SIGHUP.
 */
import { parse, join } from 'node:path';
import type { AuditSettings } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import type { AdministrationEntry, AuditEntry, IntentEntry, PrefetchEntry } from './audit-entry.ts';
import { boundedLine } from './bounded-line.ts';
import { LogFile } from './line-target.ts';
import { LineWriter } from './line-writer.ts';
import type { WriterObserver, WriterTrouble } from './log-trouble.ts';
import { RefusedSignIns } from './refused-sign-ins.ts';

/** How long a request waits for its intent to be on the disk, in milliseconds. */
const INTENT_WAIT = 2_000;
const BACK_OFF = 10_000;
/** How long closing may take, in milliseconds. */
const CLOSING_TIME = 1_000;

export interface AuditObserver extends WriterObserver {
  /** Gets what an administrator should know although lines are written. */
  readonly warning: (text: string) => void;
}

export class AuditLog {
  readonly settings: AuditSettings;
  readonly #requests: LineWriter;
  readonly #refusedFile: LineWriter;
  readonly #refused: RefusedSignIns<AuditEntry>;
  readonly #atExit: () => void;
  #closed = false;

  /**
   * @param observer told where lines cannot be written; the gateway goes on
   * @throws Error where a file cannot be opened
   */
  constructor(settings: AuditSettings, observer: AuditObserver) {
    this.settings = settings;
    const { maxBytes, keep } = settings;
    const writer = (path: string): LineWriter => {
      const made = new LineWriter(new LogFile({ path, maxBytes, keep, onWarning: observer.warning }));
      made.observer = observer;
      // Looks at its mode, and at how it ends.
      made.reopen();
      return made;
    };
    this.#requests = writer(settings.file);
    this.#refusedFile = writer(refusedFileOf(settings.file));
    this.#refused = new RefusedSignIns((entry) => this.#refusedFile.write(lineOf(entry)));
    this.#atExit = () => {
      for (const each of [this.#requests, this.#refusedFile]) each.writeAtExit();
    };
    process.once('exit', this.#atExit);
  }

  /** A request that ends after the log was closed, because it was cut at the end of shutdown, is no longer entered. */
  write(entry: AuditEntry | PrefetchEntry): void {
    if (!this.#closed) this.#requests.write(lineOf(entry));
  }

  /** Enters a sign-in that was refused, in the file for those. */
  refused(entry: AuditEntry): void {
    if (!this.#closed) this.#refused.enter(entry);
  }

  /**
   * Enters what a request is about to do, and waits until that is on the disk, two seconds at most.
   * Those that come together are written together.
   *
   * @throws GatewayError AUDIT_UNAVAILABLE where it cannot be written
   */
  async intent(entry: IntentEntry): Promise<void> {
    try {
      if (this.#closed) throw new Error('the audit log is closed');
      await this.#requests.confirm(lineOf(entry), INTENT_WAIT);
    } catch (error) {
      throw new GatewayError(
        'AUDIT_UNAVAILABLE',
        "The gateway's audit log cannot be written at the moment, and without it no request is let through " +
          '(audit.required). Its log and its status page say why.',
        { backOffMilliseconds: BACK_OFF, cause: error },
      );
    }
  }

  /** Enters that lines of the operational log are lost, which cannot be told there. @returns whether there was room */
  logTrouble({ reason, dropped, over }: WriterTrouble): boolean {
    if (this.#closed) return true;
    const event = over ? 'LOG_WRITTEN_AGAIN' : 'LOG_UNWRITABLE';
    return this.#requests.write(lineOf({ time: new Date().toISOString(), event, reason, dropped }));
  }

  /** Enters what an administrator changed while the gateway runs. */
  administration(entry: AdministrationEntry): void {
    if (!this.#closed) this.#requests.write(lineOf({ time: new Date().toISOString(), ...entry }));
  }

  /** Trouble now, or lines lost within so many milliseconds. */
  troubles(within: number): readonly WriterTrouble[] {
    return [this.#requests, this.#refusedFile].flatMap((writer) => writer.trouble(within) ?? []);
  }

  /** Goes on in files of the same names, which may have been moved away. */
  reopen(): void {
    this.#requests.reopen();
    this.#refusedFile.reopen();
  }

  /** Writes what waits, within a second. @returns whether all was written */
  async close(): Promise<boolean> {
    this.#closed = true;
    process.off('exit', this.#atExit);
    this.#refused.close();
    const complete = await Promise.all([this.#requests.close(CLOSING_TIME), this.#refusedFile.close(CLOSING_TIME)]);
    return !complete.includes(false);
  }
}

/** `logs/audit.log` has its refused sign-ins in `logs/audit-refused.log`. */
export function refusedFileOf(file: string): string {
  const { dir, name, ext } = parse(file);
  return join(dir, `${name}-refused${ext}`);
}

function lineOf(entry: object): string {
  return boundedLine(`${JSON.stringify(entry)}\n`);
}

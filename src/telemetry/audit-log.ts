/**
 * The audit log: one JSON line for each request that ended, in a file of its own, described in
 * docs/audit-log.md.
 *
 * Lines are written together, at the latest after 100 ms. The file is renamed to FILE.1 (and FILE.1
 * to FILE.2, and so on) once it has reached its size, and opened anew at each reload, so that
 * logrotate and the like can move it away and send SIGHUP.
 */
import { renameSync, statSync } from 'node:fs';
import { pino } from 'pino';
import type { EndedBy } from '../errors.ts';

export interface AuditSettings {
  readonly file: string;
  readonly maxBytes: number;
  /** Older files that are kept. */
  readonly keep: number;
}

export interface AuditEntry {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly requestId: string;
  readonly source: string;
  readonly caller: string | undefined;
  readonly mailbox: string | undefined;
  readonly operation: string | undefined;
  /** Items, folders or attachments the request names by id, where that is cheaply known. */
  readonly items: number | undefined;
  /** Whether the gateway let the request through. */
  readonly decision: 'allowed' | 'refused';
  /** Why it was refused, or failed: a code of the gateway. */
  readonly reason: string | undefined;
  readonly removedHeaders: readonly string[] | undefined;
  /** HTTP status the client got; 0 where it got none. */
  readonly status: number;
  /** Who ended the request before its end. */
  readonly endedBy?: EndedBy | undefined;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly milliseconds: number;
  readonly upstreamRequestId: string | undefined;
}

const BATCH_BYTES = 8 * 1024;
const LONGEST_DELAY = 100;

export class AuditLog {
  readonly settings: AuditSettings;
  readonly #stream: ReturnType<typeof pino.destination>;
  readonly #onError: (error: Error) => void;
  #bytes: number;
  #closed = false;

  /**
   * @param onError told where lines cannot be written; the gateway goes on
   * @throws Error where the file cannot be opened
   */
  constructor(settings: AuditSettings, onError: (error: Error) => void) {
    this.settings = settings;
    this.#onError = onError;
    this.#bytes = statSync(settings.file, { throwIfNoEntry: false })?.size ?? 0;
    // Opened at once, so that a file that cannot be written is told at the start.
    this.#stream = pino.destination({
      dest: settings.file,
      sync: true,
      mkdir: true,
      mode: 0o600,
      minLength: BATCH_BYTES,
      periodicFlush: LONGEST_DELAY,
    });
    this.#stream.on('error', onError);
  }

  /** A request that ends after the log was closed, because it was cut at the end of shutdown, is no longer entered. */
  write(entry: AuditEntry): void {
    if (this.#closed) return;
    const line = `${JSON.stringify(entry)}\n`;
    // Nearly all of it is ASCII, and the exact length takes longer than all the rest here.
    this.#bytes += line.length;
    this.#stream.write(line);
    if (this.#bytes >= this.settings.maxBytes) this.#rotate();
  }

  /** Goes on in a file of the same name, which may have been moved away. */
  reopen(): void {
    this.#stream.flushSync();
    this.#stream.reopen();
    this.#bytes = statSync(this.settings.file, { throwIfNoEntry: false })?.size ?? 0;
  }

  close(): void {
    this.#closed = true;
    this.#stream.end();
  }

  #rotate(): void {
    const { file, keep } = this.settings;
    try {
      this.#stream.flushSync();
      for (let index = keep - 1; index >= 1; index--) renameIfThere(`${file}.${index}`, `${file}.${index + 1}`);
      if (keep > 0) renameIfThere(file, `${file}.1`);
      this.#stream.reopen();
      this.#bytes = 0;
    } catch (error) {
      this.#onError(error as Error);
      // Not again with the next line, but after as much again.
      this.#bytes = 0;
    }
  }
}

function renameIfThere(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, to);
}

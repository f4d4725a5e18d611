/**
 * Large contents of requests, in temporary files that have no name: unlinked as soon as they are open,
 * readable by the own account only. Writing is synchronous, because the reader of a request is; it goes
 * to the page cache.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, createReadStream, openSync, read as readFile, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { codeOf, GatewayError } from '../errors.ts';

/** The most bytes of one content. */
export const MAX_SPOOLED = 150 * 1024 * 1024;
const BACK_OFF = 10_000;

/** What has been written; it can be read any number of times until it is disposed of. */
export interface SpooledFile {
  /** Bytes. */
  readonly size: number;
  createReadStream(): Readable;
  dispose(): void;
}

/** A file that is being written. */
export interface SpoolFileWriter {
  /** @throws GatewayError SPOOL_FULL or REQUEST_TOO_LARGE */
  write(bytes: Buffer): void;
  finish(): SpooledFile;
  dispose(): void;
}

/** Satisfies the spool that ews/ asks for. */
export class FileSpool {
  readonly #folder: string;
  readonly #quota: number;
  #used = 0;

  /**
   * @param folder where the files are made
   * @param quota bytes of all contents together
   */
  constructor(folder: string, quota: number) {
    this.#folder = folder;
    this.#quota = quota;
  }

  /** Bytes in use by all contents. */
  get used(): number {
    return this.#used;
  }

  create(): SpoolFileWriter {
    const path = join(this.#folder, `ews-gateway-${randomUUID()}`);
    const file = openSync(path, 'wx+', 0o600);
    // Where the system cannot unlink an open file, it goes when it is closed.
    const isNameless = unlink(path);
    let size = 0;
    let readers = 0;
    let isDisposed = false;
    let isClosed = false;
    const close = (): void => {
      if (!isDisposed || isClosed || readers > 0) return;
      isClosed = true;
      closeSync(file);
      if (!isNameless) rmSync(path, { force: true });
      this.#used -= size;
    };
    const dispose = (): void => {
      isDisposed = true;
      close();
    };
    const read = (): Readable => {
      if (isDisposed) throw new Error('the spooled content was disposed of');
      if (size === 0) return Readable.from([]);
      readers++;
      // Destroyed at its end like any stream, but several share the file, so that none closes it.
      const fs = { read: readFile, close: (_: number, done: (error?: Error | null) => void) => done() };
      const stream = createReadStream('', { fd: file, start: 0, end: size - 1, fs });
      return stream.once('close', () => {
        readers--;
        close();
      });
    };
    return {
      write: (bytes) => {
        if (size + bytes.length > MAX_SPOOLED)
          throw new GatewayError('REQUEST_TOO_LARGE', `The request holds a content of more than ${MAX_SPOOLED} bytes.`);
        if (this.#used + bytes.length > this.#quota) throw full();
        this.#used += bytes.length;
        size += bytes.length;
        writeAll(file, bytes);
      },
      finish: () => ({ size, createReadStream: read, dispose }),
      dispose,
    };
  }
}

function writeAll(file: number, bytes: Buffer): void {
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
  } catch (error) {
    if (codeOf(error) !== 'ENOSPC') throw error;
    throw full(error);
  }
}

function full(cause?: unknown): GatewayError {
  return new GatewayError('SPOOL_FULL', 'The gateway has no room for this request now. Try again later.', {
    backOffMilliseconds: BACK_OFF,
    cause,
  });
}

function unlink(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Where a {@link LineWriter} writes to: standard output, or a log file with rotation. */
import {
  close,
  closeSync,
  constants,
  fdatasync,
  fstat,
  mkdirSync,
  open as openCallback,
  openSync,
  write,
  writeSync,
} from 'node:fs';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from '../errors.ts';
import { restrictMode } from '../state/file-mode.ts';

/**
 * Where the next byte goes: right behind the last one written (`same`), at the beginning of a line
 * (`line`), or behind a part of a line (`part`). What a pipe's last reader left in it may be gone, or
 * may be what the next one reads first (`unknown`).
 */
export type Position = 'same' | 'line' | 'part' | 'unknown';

export interface LineTarget {
  /** For people: a path, or `standard output`. */
  readonly name: string;
  /** One write(2). @returns bytes written, which may be fewer. @throws the system's error */
  write(bytes: Buffer, offset: number): Promise<number>;
  /** The same without the event loop, for the end of the process. It never blocks and tries once. */
  writeSync(bytes: Buffer, offset: number): number;
  /** Forces to disk what was written. */
  sync(): Promise<void>;
  /** Called between two batches, where a file is rotated that has reached its size. */
  settle(): Promise<Position>;
  /** Called before the first line, and before the next try after an error. */
  recover(): Promise<Position>;
  /** Goes on in a file of the same name. */
  reopen(): Promise<Position>;
  close(): Promise<void>;
}

const openFile = promisify(openCallback);
const closeFile = promisify(close);
const stat = promisify(fstat);
const toDisk = promisify(fdatasync);

function writeTo(file: number, bytes: Buffer, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(file, bytes, offset, bytes.length - offset, null, (error, written) =>
      error === null ? resolve(written) : reject(error),
    );
  });
}

/** Standard output, whatever it is. Writing to a pipe, a socket or a terminal never blocks on POSIX systems. */
export class StandardOutput implements LineTarget {
  readonly name = 'standard output';
  readonly #file: number;
  #lastError: string | undefined;

  constructor() {
    this.#file = nonBlockingOutput();
  }

  async write(bytes: Buffer, offset: number): Promise<number> {
    try {
      return await writeTo(this.#file, bytes, offset);
    } catch (error) {
      this.#lastError = codeOf(error);
      throw error;
    }
  }

  writeSync(bytes: Buffer, offset: number): number {
    return writeSync(this.#file, bytes, offset);
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  settle(): Promise<Position> {
    return Promise.resolve('same');
  }

  recover(): Promise<Position> {
    return Promise.resolve(this.#lastError === 'EPIPE' ? 'unknown' : 'same');
  }

  reopen(): Promise<Position> {
    return Promise.resolve('same');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Pipes and sockets become non-blocking by being looked at: libuv does it where `process.stdout` is
 * made. A terminal stays blocking, and Ctrl-S would hold the process, so it is opened once more.
 */
function nonBlockingOutput(): number {
  if (!process.stdout.isTTY || process.platform === 'win32') return 1;
  try {
    return openSync('/dev/fd/1', constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return 1;
  }
}

export interface LogFileOptions {
  readonly path: string;
  /** Size at which the file is renamed to PATH.1, PATH.1 to PATH.2 and so on. */
  readonly maxBytes: number;
  /** Older files that are kept. */
  readonly keep: number;
  /** Gets what an administrator should know although lines are written. */
  readonly onWarning: (text: string) => void;
  /** How often it is looked whether the file is still there, in milliseconds; default: 5000. */
  readonly lookInterval?: number;
}

// Without O_NONBLOCK, opening a pipe that nobody reads would never return.
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);
const LOOK_INTERVAL = 5_000;

/** A file of mode 0600 that lines are appended to. */
export class LogFile implements LineTarget {
  readonly name: string;
  readonly #options: LogFileOptions;
  /** Undefined between closing one and opening the next, which may fail. */
  #file: number | undefined;
  /** Whether it is a file: a pipe or a device has no size, and is never renamed. */
  #regular = true;
  #size = 0;
  #rotateAt: number;
  #lookedAt = performance.now();

  /** @throws Error where the file cannot be opened: told at the start, not with the first line */
  constructor(options: LogFileOptions) {
    this.#options = options;
    this.name = options.path;
    this.#rotateAt = options.maxBytes;
    mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
    closeSync(openSync(options.path, FLAGS, 0o600));
  }

  async write(bytes: Buffer, offset: number): Promise<number> {
    const written = await writeTo(this.#descriptor(), bytes, offset);
    if (this.#regular) this.#size += written;
    return written;
  }

  writeSync(bytes: Buffer, offset: number): number {
    return writeSync(this.#descriptor(), bytes, offset);
  }

  async sync(): Promise<void> {
    if (this.#regular) await toDisk(this.#descriptor());
  }

  async settle(): Promise<Position> {
    const now = performance.now();
    if (this.#file !== undefined && now - this.#lookedAt >= (this.#options.lookInterval ?? LOOK_INTERVAL)) {
      this.#lookedAt = now;
      if ((await stat(this.#file)).nlink === 0) return this.reopen();
    }
    return this.#size >= this.#rotateAt ? this.#rotate() : 'same';
  }

  async recover(): Promise<Position> {
    const expected = this.#size;
    const position = await this.reopen();
    // Nobody else wrote or cut it: what failed goes on where it stopped.
    return position === 'part' && this.#size === expected ? 'same' : position;
  }

  async reopen(): Promise<Position> {
    await this.close();
    await mkdir(dirname(this.name), { recursive: true, mode: 0o700 });
    return this.#open();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) await closeFile(file);
  }

  #descriptor(): number {
    if (this.#file === undefined) throw new Error(`${this.name} is not open`);
    return this.#file;
  }

  async #open(): Promise<Position> {
    const { path, onWarning } = this.#options;
    const file = await openFile(path, FLAGS, 0o600);
    try {
      const stats = await stat(file);
      this.#regular = stats.isFile();
      const warning = this.#regular ? restrictMode(file, stats, path) : undefined;
      if (warning !== undefined) onWarning(warning);
      this.#size = this.#regular ? stats.size : 0;
      this.#rotateAt = this.#options.maxBytes;
      const part = this.#size > 0 && !(await endsLine(path, this.#size));
      this.#file = file;
      if (!this.#regular) return 'unknown';
      return part ? 'part' : 'line';
    } catch (error) {
      await closeFile(file);
      throw error;
    }
  }

  async #rotate(): Promise<Position> {
    const { path, keep, onWarning } = this.#options;
    try {
      for (let index = keep - 1; index >= 1; index--) await renameIfThere(`${path}.${index}`, `${path}.${index + 1}`);
      if (keep > 0) await renameIfThere(path, `${path}.1`);
    } catch (error) {
      onWarning(`${path} cannot be renamed at its size (${codeOf(error)}); it grows on`);
      // Not again with the next line, but after as much again.
      this.#rotateAt = this.#size + this.#options.maxBytes;
      return 'same';
    }
    return this.reopen();
  }
}

/** Whether a file's last byte ends a line; unreadable counts as no. */
async function endsLine(path: string, size: number): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch {
    return false;
  }
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return bytesRead === 1 && buffer[0] === 0x0a;
  } finally {
    await file.close();
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

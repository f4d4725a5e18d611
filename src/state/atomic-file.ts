/**
 * Files the gateway writes itself. At any moment, also after a crash or a power failure, the file is
 * the old one or the new one, never a part: it is written beside, forced to disk, and renamed.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../errors.ts';
import { restrictMode } from './file-mode.ts';
import { giveToOwner } from './file-owner.ts';

/** @throws Error where it cannot be written; the old file then still stands */
export function writeAtomically(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.new`;
  const file = openExclusively(temporary);
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    giveToOwner(file, path);
    fsyncSync(file);
  } catch (error) {
    closeSync(file);
    rmSync(temporary, { force: true });
    throw error;
  }
  closeSync(file);
  try {
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  // The renaming itself is in the folder; Windows has no such thing to force to disk.
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Makes a file that only the own account may read. Nothing that stands there already is opened, so
 * that no link leads elsewhere and no other account has it open: what a crash left is removed.
 */
function openExclusively(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    rmSync(path, { force: true });
    return openSync(path, 'wx', 0o600);
  }
}

/** The file's text, undefined where there is none. */
export function readIfThere(path: string): string | undefined {
  return read(path, () => undefined);
}

/** The same of a file that holds a secret: a right of other accounts is taken away, where that can be done. */
export function readSecretIfThere(path: string): string | undefined {
  return read(path, (file) => {
    const stats = fstatSync(file);
    if (stats.isFile()) restrictMode(file, stats, path);
  });
}

function read(path: string, look: (file: number) => void): string | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    look(file);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** Modes of files that are for the gateway's account only. */
import { fchmodSync, type Stats } from 'node:fs';
import { codeOf } from '../errors.ts';

/**
 * Takes away what others may do with an open file, and what its group may do besides reading it: that
 * may be how a log shipper reads it, or the mask of an access control list.
 *
 * @returns what an administrator should know, undefined where the mode was 0600 or stricter
 */
export function restrictMode(file: number, stats: Stats, path: string): string | undefined {
  // Windows has access control lists instead, which the folder hands down.
  if (process.platform === 'win32' || (stats.mode & 0o077) === 0) return undefined;
  const was = octal(stats.mode);
  const wanted = stats.mode & 0o640;
  if (wanted === (stats.mode & 0o777)) return `${path} can be read by its group (mode ${was})`;
  try {
    fchmodSync(file, wanted);
    return `${path} was open to other accounts (mode ${was}); its mode is ${octal(wanted)} now`;
  } catch (error) {
    return `${path} is open to other accounts (mode ${was}), which cannot be changed (${codeOf(error)}): chmod 600 it`;
  }
}

function octal(mode: number): string {
  return `0${(mode & 0o777).toString(8).padStart(3, '0')}`;
}

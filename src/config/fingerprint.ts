/** Tells whether a file is still the one that was read, without reading it again. */
import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

const NOT_THERE = 'not there';

/** Differs once the file was written to, replaced or removed; symbolic links are followed. */
export function fingerprintSync(path: string): string {
  try {
    return describe(statSync(path, { bigint: true }));
  } catch {
    return NOT_THERE;
  }
}

/** As {@link fingerprintSync}, without blocking on a network share. */
export async function fingerprint(path: string): Promise<string> {
  try {
    return describe(await stat(path, { bigint: true }));
  } catch {
    return NOT_THERE;
  }
}

function describe({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs}`;
}

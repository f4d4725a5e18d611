/** The key of one machine for state that travels with clients, made at its first use. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { STATE_KEY_BYTES } from './state-sealer.ts';

/**
 * @param file where it is kept, mode 0600
 * @throws Error where the file cannot be read or made, or holds something else
 */
export function ownStateKey(file: string): Buffer {
  try {
    // Exclusively: of two gateways that start together, one makes it and the other reads it.
    writeFileSync(file, `${randomBytes(STATE_KEY_BYTES).toString('base64')}\n`, {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (key.length === STATE_KEY_BYTES) return key;
  throw new Error(
    `${file} does not hold a state key of the gateway. Restore it, or remove it: clients then start over.`,
  );
}

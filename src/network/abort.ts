/** Waiting that ends when nobody needs it any more. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves after a time, or at once when the signal is aborted.
 *
 * @param milliseconds from now
 * @param keepsAlive whether the process goes on for it where nothing else is left to do
 */
export async function pause(milliseconds: number, signal: AbortSignal, keepsAlive = true): Promise<void> {
  await delay(milliseconds, undefined, { signal, ref: keepsAlive }).catch(() => undefined);
}

/** Waiting that ends when nobody needs it any more. */
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after a time, or at once when the signal is aborted. @param milliseconds from now */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

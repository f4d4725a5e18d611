import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import type { Held, ToInside } from './inside.ts';

/** What a process that has loaded inside.ts holds on to, after a full collection. @param signal ends the wait */
export async function heldBy(child: ChildProcess, signal?: AbortSignal): Promise<Held> {
  const answer = once(child, 'message', { signal });
  child.send('hold' satisfies ToInside);
  return ((await answer) as [Held])[0];
}

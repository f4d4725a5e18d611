/**
 * Keeps the process small while large bodies stream.
 *
 * Network buffers lie outside V8's heap and are freed only when its young generation is collected,
 * which V8 does by the size of what lies inside: streaming 150 MB made the process grow by 80 MiB.
 * Collecting after every 16 MiB left up to 72 MiB on a busy machine, after every 4 MiB at most 16; one takes 1 to 3 ms.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Body bytes that may pass before what they lay in is freed. */
const COLLECT_AFTER = 4 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;
// V8 refuses code that it has kept under other flags.
setFlagsFromString('--no-expose-gc');

let passed = 0;

/** Called with the length of each piece of a body that was streamed, in bytes. */
export function streamed(bytes: number): void {
  passed += bytes;
  if (passed < COLLECT_AFTER) return;
  passed = 0;
  collect({ type: 'minor' });
}

/**
 * Loaded into the gateway's process by the soak run, before the gateway: steps its clock when it is told to, as an
 * administrator or a virtual machine's host would, and tells what the process holds on to after a full collection.
 *
 * Only JavaScript's clock is stepped. Timers and performance.now() go by the monotonic clock, as they do in reality.
 */
export type ToInside = { readonly clockSeconds: number } | 'hold';
export interface Held {
  /** Bytes that are reachable, in V8's heap and outside of it. */
  readonly reachable: number;
  /** Bytes of the process in memory. */
  readonly resident: number;
}

const RealDate = Date;
let offset = 0;
const now = (): number => RealDate.now() + offset;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], made) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, made) as object,
  get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
});

process.on('message', (message: ToInside) => {
  if (message !== 'hold') {
    offset = message.clockSeconds * 1_000;
    return;
  }
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const held: Held = { reachable: heapUsed + external, resident: rss };
  process.send?.(held);
});
// The gateway ends when it is done, not when the soak run hangs up.
process.channel?.unref();

/**
 * Keeps what V8 has compiled while the gateway rests.
 *
 * Compiled code refers weakly to the shapes of the objects that it was made for. When a process has rested for 8 s, V8
 * collects so as to save memory, and then drops shapes that no object has at that moment: while no request runs, those
 * of requests. With them it throws away 100 to 200 compiled functions, so that a program that asks once a minute would
 * always be served by code that has yet to be compiled. Otherwise V8 keeps a shape over two more collections.
 */
import { setFlagsFromString } from 'node:v8';

/** By then V8 has given back what the start alone needed (8 MiB). In milliseconds. */
const AFTER_START = 20_000;

/**
 * To be called once all code is loaded: V8 refuses code that was kept under other flags.
 *
 * @returns ends it where the gateway stops before
 */
export function keepCompiledCode(): () => void {
  // At run time: a Node.js whose V8 does not know the flag says so on stderr, and runs on.
  const timer = setTimeout(() => setFlagsFromString('--no-memory-reducer-favors-memory'), AFTER_START).unref();
  return () => clearTimeout(timer);
}

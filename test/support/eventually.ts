/** Waits for what comes about by itself, within a deadline. */
import { inspect } from 'node:util';

/** Milliseconds between two questions to a program or a server: each takes its processor time. */
const PAUSE = 50;
/** Long enough for a loaded machine; a test that works needs a small part of it. */
const DEADLINE = 20_000;

/**
 * Resolves once `condition` gives something; asked whenever the event loop comes round.
 *
 * @param seen what to report if it never does; default: what the condition gave last
 * @param deadline in milliseconds
 * @throws Error after the deadline, with the condition and what was seen last
 */
export async function eventually<T>(
  condition: () => T | undefined | false,
  seen?: () => unknown,
  deadline = DEADLINE,
): Promise<T> {
  const end = performance.now() + deadline;
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) {
      const last = seen === undefined ? value : seen();
      throw new Error(
        `not within ${deadline} ms: ${String(condition)}\nlast seen: ` +
          `${typeof last === 'string' ? last : inspect(last)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** As {@link eventually}, for what has to be asked for. */
export async function eventuallySo(
  condition: () => Promise<boolean>,
  seen: () => unknown = () => undefined,
  deadline = DEADLINE,
): Promise<void> {
  const end = performance.now() + deadline;
  while (!(await condition())) {
    if (performance.now() > end)
      throw new Error(`not within ${deadline} ms: ${String(condition)}\nlast seen: ${inspect(seen())}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

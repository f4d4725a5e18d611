/** Whether work grows faster than its input. */

/** How many times as long the longer input is: what grows by the square takes 64 times as long. */
const FACTOR = 8;
/** How many times as long it may take: caches and collections of V8 have been seen to double what that is. */
const MOST = 3 * FACTOR;
/** Somebody else may need the processor for a moment; what is not linear fails each time. */
const ATTEMPTS = 40;
/** After so many the middle ones count as well: one lucky time of the shorter input says nothing. */
const ENOUGH = 12;
/** Milliseconds of the longer input below which the measurement says nothing, and nobody is held up. */
const NOISE = 15;

export interface Growth {
  readonly isLinear: boolean;
  /** For the name of the assertion. */
  readonly figures: string;
}

/**
 * Measures what a piece of work takes for an input and for one of eight times the length, in CPU time of this process.
 *
 * @param make an input of so many characters
 * @param work throws where it refuses the input, which has to be as quick
 * @param length of the longer one, about
 * @param noise milliseconds of the longer input below which the measurement says nothing
 */
export async function growthOf<Input>(
  make: (length: number) => Input,
  work: (input: Input) => unknown,
  length: number,
  noise = NOISE,
): Promise<Growth> {
  const inputs = [make(Math.ceil(length / FACTOR)), make(length)];
  const [shorter, longer]: [number[], number[]] = [[], []];
  const compared = (of: (times: readonly number[]) => number): boolean =>
    of(longer) <= Math.max(MOST * of(shorter), noise);
  const isLinear = (): boolean => compared(least) || (shorter.length >= ENOUGH && compared(middle));
  for (let attempt = 0; attempt < ATTEMPTS && (attempt < 2 || !isLinear()); attempt++)
    // Alternating, so that what else the machine does strikes both.
    for (const [index, input] of inputs.entries())
      (index === 0 ? shorter : longer).push(await milliseconds(() => work(input)));
  const shown = (of: (times: readonly number[]) => number): string =>
    `${of(shorter).toFixed(2)} and ${of(longer).toFixed(2)} ms`;
  const figures = `${shown(least)} for ${FACTOR} times as much, in the middle ${shown(middle)}`;
  return { isLinear: isLinear(), figures };
}

function least(times: readonly number[]): number {
  return Math.min(...times);
}

function middle(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

async function milliseconds(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  try {
    await work();
  } catch {
    // It refused.
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

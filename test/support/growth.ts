/** Whether work grows faster than its input. */

/** Doubled input may take this many times as long. */
const MOST = 2.3;
/** Somebody else may need the processor for a moment; what is not linear fails each time. */
const ATTEMPTS = 40;
/** Milliseconds of the doubled input below which the measurement says nothing, and nobody is held up. */
const NOISE = 15;

export interface Growth {
  readonly isLinear: boolean;
  /** For the name of the assertion. */
  readonly figures: string;
}

/**
 * Measures what a piece of work takes for an input and for one of twice the length, in CPU time of this process.
 *
 * @param make an input of so many characters
 * @param work throws where it refuses the input, which has to be as quick
 */
export async function growthOf<Input>(
  make: (length: number) => Input,
  work: (input: Input) => unknown,
  length: number,
): Promise<Growth> {
  const inputs = [make(length), make(2 * length)];
  const best = inputs.map(() => Number.POSITIVE_INFINITY);
  const [once, twice] = [(): number => best[0] ?? 0, (): number => best[1] ?? 0];
  const isLinear = (): boolean => twice() <= Math.max(MOST * once(), NOISE);
  for (let attempt = 0; attempt < ATTEMPTS && (attempt < 2 || !isLinear()); attempt++)
    // Alternating, so that what else the machine does strikes both.
    for (const [index, input] of inputs.entries())
      best[index] = Math.min(best[index] ?? 0, await milliseconds(() => work(input)));
  return { isLinear: isLinear(), figures: `${once().toFixed(2)} and ${twice().toFixed(2)} ms for twice as much` };
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

/** Whether a series of measurements grows. */

export interface Sample {
  readonly minutes: number;
  readonly value: number;
}

/** The slope of the straight line that fits best, per minute, over the last half of the time. */
export function slopeOfLastHalf(samples: readonly Sample[]): number {
  const end = samples.at(-1)?.minutes ?? 0;
  const half = samples.filter(({ minutes }) => minutes >= end / 2);
  const mean = (of: (sample: Sample) => number): number =>
    half.reduce((sum, sample) => sum + of(sample), 0) / half.length;
  const [x, y] = [mean(({ minutes }) => minutes), mean(({ value }) => value)];
  const spread = half.reduce((sum, { minutes }) => sum + (minutes - x) ** 2, 0);
  return half.reduce((sum, { minutes, value }) => sum + (minutes - x) * (value - y), 0) / spread;
}

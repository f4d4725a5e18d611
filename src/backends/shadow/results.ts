/**
 * What comparing showed, counted by operation and property since the start, for all callers and for each. Bounded, and
 * without any value of mail.
 */
import type { Difference } from './compare.ts';

/** A property that differed. */
export interface DifferingProperty extends Difference {
  readonly times: number;
  /** The latest request that showed it, as it stands in the log. */
  readonly example: { readonly requestId: string; readonly time: number };
}

export interface ShadowResult {
  readonly operation: string;
  /** Answers that were compared. */
  readonly compared: number;
  /** Those without a difference. */
  readonly equal: number;
  /** Graph gave no answer that could be compared: a fault, or none in time. */
  readonly failed: number;
  /** The most frequent first. */
  readonly differences: readonly DifferingProperty[];
}

/** The same for one caller: a program is ready, or is not. */
export interface CallerShadow {
  readonly caller: string;
  readonly results: readonly ShadowResult[];
}

interface Counted {
  compared: number;
  equal: number;
  failed: number;
  readonly differences: Map<string, DifferingProperty>;
}

const MAX_PROPERTIES = 200;
/** Of one caller: enough to tell what its program would notice. */
const MAX_PROPERTIES_OF_CALLER = 20;
const MAX_CALLERS = 1_000;

export class ShadowResults {
  readonly #all = new Counts(MAX_PROPERTIES);
  readonly #byCaller = new Map<string, Counts>();

  /** @param differences undefined: there was no answer that could be compared */
  enter(
    { caller, operation, id }: { readonly caller: string; readonly operation: string; readonly id: string },
    differences: readonly Difference[] | undefined,
  ): void {
    this.#all.enter(operation, id, differences);
    let counts = this.#byCaller.get(caller);
    if (counts === undefined) {
      if (this.#byCaller.size >= MAX_CALLERS) return;
      this.#byCaller.set(caller, (counts = new Counts(MAX_PROPERTIES_OF_CALLER)));
    }
    counts.enter(operation, id, differences);
  }

  all(): ShadowResult[] {
    return this.#all.results();
  }

  byCaller(): CallerShadow[] {
    return [...this.#byCaller].map(([caller, counts]) => ({ caller, results: counts.results() }));
  }
}

class Counts {
  readonly #maxProperties: number;
  /** Only operations that EWS has come here. */
  readonly #operations = new Map<string, Counted>();

  constructor(maxProperties: number) {
    this.#maxProperties = maxProperties;
  }

  enter(operation: string, requestId: string, differences: readonly Difference[] | undefined): void {
    const counted = this.#of(operation);
    if (differences === undefined) {
      counted.failed++;
      return;
    }
    counted.compared++;
    if (differences.length === 0) counted.equal++;
    for (const difference of differences) {
      const key = `${difference.property} ${difference.kind}`;
      const times = (counted.differences.get(key)?.times ?? 0) + 1;
      if (times === 1 && counted.differences.size >= this.#maxProperties) continue;
      counted.differences.set(key, { ...difference, times, example: { requestId, time: Date.now() } });
    }
  }

  results(): ShadowResult[] {
    return [...this.#operations]
      .map(([operation, { compared, equal, failed, differences }]) => ({
        operation,
        compared,
        equal,
        failed,
        differences: [...differences.values()].toSorted((a, b) => b.times - a.times),
      }))
      .toSorted((a, b) => (a.operation < b.operation ? -1 : 1));
  }

  #of(operation: string): Counted {
    let counted = this.#operations.get(operation);
    if (counted === undefined) {
      counted = { compared: 0, equal: 0, failed: 0, differences: new Map() };
      this.#operations.set(operation, counted);
    }
    return counted;
  }
}

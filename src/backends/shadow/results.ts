/** What comparing showed, counted by operation and property since the start. Bounded, and without any value of mail. */
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

interface Counted {
  compared: number;
  equal: number;
  failed: number;
  readonly differences: Map<string, DifferingProperty>;
}

const MAX_PROPERTIES = 200;

export class ShadowResults {
  /** Only operations that EWS has come here. */
  readonly #operations = new Map<string, Counted>();

  /** @param differences undefined: there was no answer that could be compared */
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
      if (times === 1 && counted.differences.size >= MAX_PROPERTIES) continue;
      counted.differences.set(key, { ...difference, times, example: { requestId, time: Date.now() } });
    }
  }

  all(): ShadowResult[] {
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

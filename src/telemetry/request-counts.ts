/** Requests by caller, operation and outcome, counted in plain numbers: it is on the way of every request. */

export interface RequestLabels {
  readonly caller: string;
  readonly operation: string;
  readonly outcome: string;
}

interface RequestCount {
  readonly labels: RequestLabels;
  added: number;
}

export class RequestCounts {
  /** By one label after the other: a text made of all three would be made, and hashed, for each request. */
  readonly #counts = new Map<string, Map<string, Map<string, RequestCount>>>();

  add(caller: string, operation: string, outcome: string): void {
    const known = this.#counts.get(caller)?.get(operation)?.get(outcome);
    if (known === undefined) this.#begin({ caller, operation, outcome });
    else known.added++;
  }

  /** What was added since the last time. */
  *take(): Iterable<readonly [labels: RequestLabels, added: number]> {
    for (const operations of this.#counts.values())
      for (const outcomes of operations.values())
        for (const count of outcomes.values()) {
          yield [count.labels, count.added];
          count.added = 0;
        }
  }

  #begin(labels: RequestLabels): void {
    const { caller, operation, outcome } = labels;
    let operations = this.#counts.get(caller);
    if (operations === undefined) this.#counts.set(caller, (operations = new Map()));
    let outcomes = operations.get(operation);
    if (outcomes === undefined) operations.set(operation, (outcomes = new Map()));
    outcomes.set(outcome, { labels, added: 1 });
  }
}

/**
 * A histogram with one label that is counted in plain numbers: of prom-client's own, each value makes three objects and
 * a text to find its series by, which is on the way of every request.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries
 */
import type { Metric, Registry } from 'prom-client';

export interface DurationHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
  readonly registry: Registry;
}

interface Series {
  /** By bucket, each value in one; the last one is beyond all bounds. */
  readonly counts: number[];
  sum: number;
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export class DurationHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly #label: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor({ name, help, label, buckets, registry }: DurationHistogramOptions) {
    this.name = name;
    this.help = help;
    this.#label = label;
    this.#bounds = buckets;
    // Of a metric, a registry asks for its name and for what get() gives.
    registry.registerMetric(this as unknown as Metric);
  }

  /** @param of value of the label */
  observe(of: string, seconds: number): void {
    let series = this.#series.get(of);
    if (series === undefined) this.#series.set(of, (series = { counts: [...this.#bounds, 0].map(() => 0), sum: 0 }));
    let bucket = 0;
    while (bucket < this.#bounds.length && seconds > (this.#bounds[bucket] ?? 0)) bucket++;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
  }

  /** What prom-client's registry writes. */
  async get(): Promise<{ name: string; help: string; type: string; values: Sample[] }> {
    const { name, help, type } = this;
    return { name, help, type, values: [...this.#series].flatMap(([of, series]) => this.#samplesOf(of, series)) };
  }

  /** As a registry asks of its metrics. */
  reset(): void {
    this.#series.clear();
  }

  #samplesOf(of: string, { counts, sum }: Series): Sample[] {
    const labels = { [this.#label]: of };
    let total = 0;
    const buckets = counts.map((count, index): Sample => {
      total += count;
      const le = this.#bounds[index] ?? '+Inf';
      return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: total };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: total },
    ];
  }
}

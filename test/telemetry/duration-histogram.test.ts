import { Histogram, Registry } from 'prom-client';
import t from 'tap';
import { DurationHistogram } from '../../src/telemetry/duration-histogram.ts';

t.test("what a scrape gets is what prom-client's own histogram gives", async (t) => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const [name, help, label, buckets] = ['seconds', 'Time "of" it.', 'operation', [0.1, 1, 10]];
  const own = new DurationHistogram({ name, help, label, buckets, registry: ours });
  const other = new Histogram({ name, help, labelNames: [label], buckets, registers: [theirs] });
  for (const [operation = '', seconds = 0] of [
    ['GetItem', 0.05],
    ['FindItem', 1],
    ['GetItem', 0.1],
    ['GetItem', 99],
    ['', 2.5],
  ] as const) {
    own.observe(operation, seconds);
    other.observe({ operation }, seconds);
  }
  t.equal(await ours.metrics(), await theirs.metrics());
  t.match(await ours.metrics(), 'seconds_bucket{le="0.1",operation="GetItem"} 2');
});

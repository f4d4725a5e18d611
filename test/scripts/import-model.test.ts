import t from 'tap';
import { EventQueue } from '../../bench/event-queue.ts';
import { simulateImports, type ModelOptions } from '../../bench/import-model.ts';

const OPTIONS: ModelOptions = {
  gateways: 2,
  mailboxes: 200,
  pollSeconds: 10,
  mailsPerHour: 0,
  requestsPerMail: 4,
  processorTime: 10,
  latency: 80,
  connections: 256,
  seconds: 100,
};
let state = 1;
const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;

t.test('events run in the order of their time', async (t) => {
  const events = new EventQueue();
  const seen: number[] = [];
  for (const delay of [5, 1, 4, 1, 3, 9, 2]) events.after(delay, () => seen.push(events.now));
  events.after(2.5, () => events.after(1, () => seen.push(events.now)));
  events.runUntil(8);
  t.same(seen, [1, 1, 2, 3, 3.5, 4, 5]);
  t.equal(events.now, 8);
});

t.test('the model agrees with arithmetic', async (t) => {
  const idle = simulateImports(OPTIONS, random);
  // 200 looks in 10 s take 2 s of two cores.
  t.ok(Math.abs(idle.requestsPerSecond - 20) < 1, `${idle.requestsPerSecond} requests/s`);
  t.ok(Math.abs(idle.processorUse - 0.1) < 0.01, `${idle.processorUse}`);
  t.ok(idle.median > 80 && idle.median < 100, `${idle.median} ms`);
  t.equal(idle.backlog, 0);
  const busy = simulateImports({ ...OPTIONS, gateways: 1, mailsPerHour: 360 }, random);
  t.ok(busy.processorUse > 0.95, 'a core carries 100 requests/s of 10 ms');
  t.ok(busy.requestsPerSecond < 101 && busy.requestsPerSecond > 90, `${busy.requestsPerSecond} requests/s`);
  t.ok(busy.p95 > 2 * idle.p95, 'they wait for it');
});

t.test('connections are a limit too', async (t) => {
  const { requestsPerSecond } = simulateImports({ ...OPTIONS, gateways: 1, connections: 1, processorTime: 1 }, random);
  t.ok(requestsPerSecond < 13 && requestsPerSecond > 8, `${requestsPerSecond} requests/s over one connection of 90 ms`);
});

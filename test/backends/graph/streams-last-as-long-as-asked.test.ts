import t, { type Test } from 'tap';
import { TestClock } from '../../support/clocks.ts';
import { mailboxOf } from '../../support/differential.ts';
import { eventually } from '../../support/eventually.ts';
import { mail, startStack, type Stack } from '../../support/stack.ts';
import { StreamClient } from '../../support/stream-client.ts';
import { idOfSubscription, subscribeTo } from '../../support/subscriber.ts';

const HEARTBEAT = 30_000;
const MINUTE = 60_000;

interface Scene {
  readonly stack: Stack;
  readonly clock: TestClock;
  readonly open: (minutes: number) => Promise<StreamClient>;
}

async function start(t: Test): Promise<Scene> {
  const clock = new TestClock('2026-11-01T08:00:00Z', true);
  const stack = await startStack(t, { backend: 'graph', clock, registration: '    graph: { pollSeconds: 1 }' });
  const open = async (minutes: number): Promise<StreamClient> => {
    const answer = await stack.post(subscribeTo({ kind: 'Streaming', types: ['NewMail'] }));
    const stream = await StreamClient.open(stack.url, [idOfSubscription(answer)], { minutes });
    t.teardown(() => stream.close());
    return stream;
  };
  return { stack, clock, open };
}

/** Statuses of the connection so far. */
function statuses({ text }: StreamClient): string[] {
  return [...text.matchAll(/<m:ConnectionStatus>(\w+)</g)].map(([, status = '']) => status);
}

/** Lets time pass once the stream waits for as long. */
async function pass(clock: TestClock, milliseconds: number): Promise<void> {
  await eventually(
    () => clock.pauses.includes(milliseconds),
    () => clock.pauses,
  );
  clock.pass(milliseconds);
}

t.test('a stream on which nothing happens gives a sign of life every 30 seconds', async (t) => {
  const { clock, open } = await start(t);
  const stream = await open(30);
  for (let count = 1; count <= 4; count++) {
    await eventually(() => statuses(stream).length === count);
    t.same(statuses(stream), Array(count).fill('OK'));
    await pass(clock, HEARTBEAT);
  }
});

t.test('an event is a sign of life, too', async (t) => {
  const { stack, clock, open } = await start(t);
  const stream = await open(30);
  await eventually(() => clock.pauses.includes(HEARTBEAT));
  clock.pass(20_000);
  await mailboxOf(stack).deliver(mail('1'));
  await stream.until(1);
  // 30 s from the event on, not from the last status.
  await pass(clock, HEARTBEAT);
  await eventually(() => statuses(stream).length === 2);
  t.same(statuses(stream), ['OK', 'OK']);
});

for (const [minutes, lasts] of [
  [1, 1],
  [2, 2],
  [30, 30],
] as const)
  t.test(`with ConnectionTimeout ${minutes} a stream ends in order after ${lasts} minutes`, async (t) => {
    const { clock, open } = await start(t);
    const stream = await open(minutes);
    for (let passed = 0; passed < lasts * MINUTE; passed += HEARTBEAT) {
      t.notOk(statuses(stream).includes('Closed'), `after ${passed} ms`);
      await pass(clock, HEARTBEAT);
    }
    t.ok(await stream.ended, 'whole');
    t.equal(statuses(stream).at(-1), 'Closed');
    t.equal(statuses(stream).filter((status) => status === 'OK').length, lasts * 2, 'signs of life before');
  });

t.test('a gateway that stops ends a stream in order at once, though nothing happens on it', async (t) => {
  const { stack, clock, open } = await start(t);
  const stream = await open(30);
  // On this clock the wait for the next sign of life has no end of its own.
  await eventually(() => clock.pauses.includes(HEARTBEAT));
  const closing = stack.gateway.close();
  t.ok(await stream.ended, 'whole');
  t.same(statuses(stream), ['OK', 'Closed']);
  await closing;
});

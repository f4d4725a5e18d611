import t, { type Test } from 'tap';
import { LASTING } from '../../../src/backends/switching/decide-switch.ts';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { askedOf, reportOf } from '../../support/auto.ts';
import { TestClock } from '../../support/clocks.ts';
import { startProxy } from '../../support/proxy.ts';
import { ALICE, startStack, type Stack } from '../../support/stack.ts';

const BEFORE = '2027-03-31T12:00:00Z';
const AFTER = '2027-04-02T12:00:00Z';

/** The end is Exchange Online's, so that the simulated one must have its name. */
async function start(t: Test, clock: TestClock): Promise<Stack> {
  const proxy = await startProxy(t);
  return startStack(t, {
    backend: 'auto',
    clock,
    upstreamName: 'outlook.office365.com',
    yaml: `proxy: "${proxy.url}"`,
  });
}

const FAILURES = {
  'HTTP 404': { status: 404, times: 100 },
  'HTTP 410': { status: 410, times: 100 },
  'HTTP 401': { status: 401, times: 100 },
} as const;

t.test('failures that last five minutes are a switch, if Graph opens the Inbox', async (t) => {
  for (const [name, fault] of Object.entries(FAILURES))
    await t.test(name, async (t) => {
      const clock = new TestClock(AFTER);
      const stack = await start(t, clock);
      stack.simulator.exchange.script.add(fault);
      t.equal((await stack.post(GET_FOLDER)).status, 500);
      clock.pass(LASTING - 1);
      t.equal((await stack.post(GET_FOLDER)).status, 500);
      t.equal(askedOf(stack).graph, 0);
      clock.pass(1);
      t.equal((await stack.post(GET_FOLDER)).status, 200);
      t.match(await reportOf(stack), { service: 'graph', reason: /EWS has failed for some minutes after its end/ });
    });
});

t.test('after a success in between the five minutes begin again', async (t) => {
  const clock = new TestClock(AFTER);
  const stack = await start(t, clock);
  const { script } = stack.simulator.exchange;
  script.add({ status: 404 });
  await stack.post(GET_FOLDER);
  clock.pass(LASTING);
  t.equal((await stack.post(GET_FOLDER)).status, 200);
  script.add({ status: 404 });
  await stack.post(GET_FOLDER);
  t.match(await reportOf(stack), { service: 'ews' });
});

t.test('before the end no failure is one, however long it lasts', async (t) => {
  const clock = new TestClock(BEFORE);
  const stack = await start(t, clock);
  stack.simulator.exchange.script.add(FAILURES['HTTP 404']);
  await stack.post(GET_FOLDER);
  clock.pass(LASTING * 10);
  t.equal((await stack.post(GET_FOLDER)).status, 500);
  t.equal(askedOf(stack).graph, 0);
});

t.test('the date alone is none', async (t) => {
  const stack = await start(t, new TestClock(AFTER));
  t.equal((await stack.post(GET_FOLDER)).status, 200, 'EWS is still there');
  t.equal(askedOf(stack).graph, 0);
});

/** Throttles are waited out before anybody is told. */
const TROUBLES = {
  'HTTP 502': { status: 502 },
  'HTTP 504': { status: 504 },
  'a cut': { cut: 'before' },
} as const;

for (const [name, trouble] of Object.entries(TROUBLES))
  t.test(`after the end ${name} is none, however long it lasts`, async (t) => {
    const clock = new TestClock(AFTER);
    const stack = await start(t, clock);
    stack.simulator.exchange.script.add({ ...trouble, times: 100 });
    t.equal((await stack.post(GET_FOLDER)).status, 500);
    clock.pass(LASTING);
    t.equal((await stack.post(GET_FOLDER)).status, 500);
    t.equal(askedOf(stack).graph, 0);
  });

t.test('after the end a 403 without a reason is enough at once', async (t) => {
  const stack = await start(t, new TestClock(AFTER));
  stack.simulator.exchange.settings.excludedMailboxes = new Set([ALICE]);
  t.equal((await stack.post(GET_FOLDER)).status, 200);
  t.match(await reportOf(stack), { service: 'graph' });
});

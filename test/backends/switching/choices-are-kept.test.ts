import { statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { BackendChoices } from '../../../src/backends/switching/choices.ts';
import { eventually } from '../../support/eventually.ts';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { askedOf, choose, reportOf, restarted } from '../../support/auto.ts';
import { TestClock } from '../../support/clocks.ts';
import { startStack } from '../../support/stack.ts';

const HOUR = 3_600_000;

t.test('after a restart a mailbox stays where it was, in a file for the own account', async (t) => {
  const stack = await startStack(t, {
    backend: 'auto',
    prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false),
  });
  await stack.post(GET_FOLDER);
  const file = join(dirname(stack.configFile), 'gateway-backends.json');
  if (process.platform !== 'win32') t.equal(statSync(file).mode & 0o777, 0o600);
  stack.simulator.exchange.settings.ewsEnabled = true;
  const again = await restarted(t, stack);
  const before = await reportOf(stack);
  const after = await reportOf(again);
  t.match(after, { service: 'graph', isSet: false, since: before.since, reason: before.reason });
  t.equal((await again.post(GET_FOLDER)).status, 200);
});

t.test('what a command has set outlasts a restart, and a reload', async (t) => {
  const stack = await startStack(t, { backend: 'auto' });
  await choose(stack, 'graph');
  await stack.reload();
  t.match(await reportOf(stack), { service: 'graph', isSet: true });
  t.match(await reportOf(await restarted(t, stack)), { service: 'graph', isSet: true });
  await choose(stack, 'auto');
  t.match(await reportOf(stack), { service: 'ews', isSet: false, since: undefined });
  t.match(await reportOf(await restarted(t, stack)), { service: 'ews', isSet: false });
});

t.test('set to ews it stays there, blocked or not', async (t) => {
  const stack = await startStack(t, {
    backend: 'auto',
    prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false),
  });
  await choose(stack, 'ews');
  t.equal((await stack.post(GET_FOLDER)).status, 500);
  t.equal(askedOf(stack).graph, 0);
});

t.test('it is looked rarely whether EWS is open again, and only told', async (t) => {
  const clock = new TestClock('2026-12-01T00:00:00Z');
  const stack = await startStack(t, {
    backend: 'auto',
    clock,
    prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false),
  });
  await stack.post(GET_FOLDER);
  stack.simulator.exchange.settings.ewsEnabled = true;
  clock.pass(6 * HOUR - 1);
  const { ews } = askedOf(stack);
  await stack.post(GET_FOLDER);
  t.equal(askedOf(stack).ews, ews);
  clock.pass(1);
  await stack.post(GET_FOLDER);
  const notice = await eventually(
    () => stack.gateway.metrics.current().backends.get('contoso')?.switches?.[0]?.notice,
    () => 'no notice yet',
  );
  t.match(notice, /EWS is open again.*ews-gateway backend alice@contoso\.test auto/);
  t.match(await reportOf(stack), { service: 'graph', notice });
  t.equal(askedOf(stack).ews, ews + 1);
  await stack.post(GET_FOLDER);
  t.equal(askedOf(stack).ews, ews + 1, 'Graph goes on answering');
});

t.test('the end of the gateway does not wait for that look', async (t) => {
  const stack = await startStack(t, {
    backend: 'auto',
    prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false),
  });
  await stack.post(GET_FOLDER);
  // After a restart nothing is known, so that the first request looks.
  stack.simulator.exchange.script.add({ delay: 60_000 });
  const again = await restarted(t, stack);
  t.equal((await again.post(GET_FOLDER)).status, 200);
  await eventually(
    () => (stack.simulator.exchange.connections > 0 ? true : undefined),
    () => 'EWS is not asked',
  );
  const started = performance.now();
  await again.close();
  t.ok(performance.now() - started < 20_000);
});

t.test('a file that holds something else is not passed over', async (t) => {
  const file = join(t.testdir(), 'gateway-backends.json');
  for (const text of ['', '[]', '{"version":2}', '{"version":1,"registrations":{"a":{"b":{"service":"imap"}}}}']) {
    writeFileSync(file, text);
    t.throws(() => new BackendChoices(file), { message: /does not hold the gateway's choices of backends/ }, text);
  }
});

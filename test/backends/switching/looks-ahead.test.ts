import t from 'tap';
import { askedOf, reportOf } from '../../support/auto.ts';
import { TestClock } from '../../support/clocks.ts';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { eventually } from '../../support/eventually.ts';
import { basic, BOB, send, startStack, type Stack } from '../../support/stack.ts';

const BEFORE_THE_END = '2026-12-01T00:00:00Z';
/** Longer than the gateway rests before it looks at a mailbox. */
const REST = 5_000;

/** The question with which the ids of a mailbox's folders begin to be learnt. */
function learnsFolders({ query }: { readonly query: string }): boolean {
  return new URLSearchParams(query).get('$select') === 'id,parentFolderId';
}

/** Lets time pass until Graph was asked for so many Inboxes by the gateway itself. */
async function looked({ simulator }: Stack, clock: TestClock, inboxes: number): Promise<void> {
  const asked = (): number =>
    simulator.graph.requests.filter((one) => one.path.endsWith('/mailFolders/inbox') && !learnsFolders(one)).length;
  await eventually(
    () => {
      if (asked() < inboxes) clock.pass(REST);
      return asked() >= inboxes ? true : undefined;
    },
    () => `${asked()} of ${inboxes} Inboxes were asked for`,
  );
}

/** What the gateway has to say of a mailbox, if there is one. */
function noticeOf({ gateway }: Stack): string | undefined {
  return gateway.metrics.current().backends.get('contoso')?.switches?.[0]?.notice;
}

t.test('a mailbox that EWS answers is looked at through Graph once, after a rest', async (t) => {
  const clock = new TestClock(BEFORE_THE_END, true);
  const stack = await startStack(t, { backend: 'auto', clock });
  for (let index = 0; index < 5; index++) t.equal((await stack.post(GET_FOLDER)).status, 200);
  t.equal(askedOf(stack).graph, 0, 'clients come first');
  await looked(stack, clock, 1);
  const { graph } = askedOf(stack);
  await stack.post(GET_FOLDER);
  clock.pass(3_600_000);
  await stack.post(GET_FOLDER);
  t.equal(askedOf(stack).graph, graph, 'not again for half a day');

  stack.simulator.exchange.settings.ewsEnabled = false;
  t.match((await stack.post(GET_FOLDER)).text, /NoError/);
  const switching = stack.simulator.graph.requests.slice(graph);
  t.notOk(
    switching.some((one) => one.path === '/$batch' || learnsFolders(one)),
    'the ids of the well-known folders are there already',
  );
});

t.test('that Graph would not open it is shown before it is needed, and goes away once it would', async (t) => {
  const clock = new TestClock(BEFORE_THE_END, true);
  const stack = await startStack(t, {
    backend: 'auto',
    clock,
    prepare: ({ graph }) => (graph.settings.excludedMailboxes = new Set([BOB])),
  });
  const asBob = { authorization: basic(BOB) };
  t.equal((await send(stack.url, GET_FOLDER, asBob)).status, 200);
  const noticed = await eventually(() => {
    clock.pass(REST);
    return noticeOf(stack);
  });
  t.match(noticed, /Microsoft Graph would not work either: .*\[RAOP\]/);
  t.equal((await send(stack.url, GET_FOLDER, asBob)).status, 200, 'EWS goes on');
  t.match((await reportOf(stack, BOB)).notice, /would not work either/, 'and does not hide it');
  const ready = await send(`${stack.admin}/readyz`, null);
  t.equal(ready.status, 200);
  t.match(ready.text, /"notice":"Microsoft Graph could not take over 1 mailbox, such as bob@contoso\.test: /);

  stack.simulator.graph.settings.excludedMailboxes = new Set();
  clock.pass(3_600_000);
  t.equal((await send(stack.url, GET_FOLDER, asBob)).status, 200);
  await eventually(() => {
    clock.pass(REST);
    return noticeOf(stack) === undefined;
  });
});

t.test('a gateway that closes while it looks does not wait for Graph', async (t) => {
  const clock = new TestClock(BEFORE_THE_END, true);
  const stack = await startStack(t, { backend: 'auto', clock });
  stack.simulator.graph.script.add({ delay: 60_000, times: 10 });
  await stack.post(GET_FOLDER);
  await looked(stack, clock, 0);
  clock.pass(REST);
  await stack.gateway.close();
  t.pass('it is closed');
});

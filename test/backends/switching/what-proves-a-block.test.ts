import t from 'tap';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { askedOf, choose, reportOf } from '../../support/auto.ts';
import { readFault } from '../../support/managed-api.ts';
import { ALICE, BOB, basic, CLIENT, SECRET, send, startStack, TENANT, type StackOptions } from '../../support/stack.ts';

const AUTO: StackOptions = { backend: 'auto' };
const DENIED: NonNullable<StackOptions['prepare']> = ({ exchange }) =>
  (exchange.settings.excludedMailboxes = new Set([ALICE]));

t.test('403 with a reason: the request is answered by Graph, and no further one asks EWS', async (t) => {
  for (const [name, prepare] of Object.entries<NonNullable<StackOptions['prepare']>>({
    'switched off': ({ exchange }) => (exchange.settings.ewsEnabled = false),
    'not on the list': ({ exchange }) => (exchange.settings.allowedAppIds = []),
  }))
    await t.test(name, async (t) => {
      const stack = await startStack(t, { ...AUTO, prepare });
      const answer = await stack.post(GET_FOLDER);
      t.equal(answer.status, 200);
      t.match(answer.text, /<t:DisplayName>Inbox</);
      t.equal(askedOf(stack).ews, 1);
      await stack.post(GET_FOLDER);
      t.equal(askedOf(stack).ews, 1);
      t.match(await reportOf(stack), { service: 'graph', isSet: false, since: /^\d/, reason: /EWS/ });
    });
});

t.test('of two mailboxes only the one that is blocked is switched', async (t) => {
  const stack = await startStack(t, { ...AUTO, registration: '    graphOnAccessDenied: true', prepare: DENIED });
  await stack.post(GET_FOLDER);
  const { status } = await send(stack.url, GET_FOLDER, { authorization: basic(BOB) });
  t.equal(status, 200);
  t.match(await reportOf(stack), { service: 'graph' });
  t.match(await reportOf(stack, BOB), { service: 'ews', since: undefined });
});

t.test('403 without a reason switches nothing: Graph is asked once, and the result shown', async (t) => {
  const stack = await startStack(t, { ...AUTO, prepare: DENIED });
  for (let index = 0; index < 3; index++) {
    const { text } = readFault(t, await stack.post(GET_FOLDER), 'ErrorAccessDenied');
    t.match(text, /HTTP 403 without X-EWS-Policy-Reason/);
  }
  const { graph } = askedOf(stack);
  t.ok(graph > 0);
  const report = await reportOf(stack);
  t.match(report, { service: 'ews', notice: /Microsoft Graph opens it\..*ews-gateway backend alice.* graph/ });
  await stack.post(GET_FOLDER);
  t.equal(askedOf(stack).graph, graph, 'it is not asked again');
  const { text } = await send(`${stack.admin}/status`, null);
  t.match(text, /Microsoft Graph opens it/);
  await choose(stack, 'graph');
  t.equal((await stack.post(GET_FOLDER)).status, 200, 'an administrator may switch it');
});

t.test('graphOnAccessDenied: 403 without a reason is enough', async (t) => {
  const stack = await startStack(t, { ...AUTO, registration: '    graphOnAccessDenied: true', prepare: DENIED });
  t.equal((await stack.post(GET_FOLDER)).status, 200);
  t.match(await reportOf(stack), { service: 'graph', reason: /HTTP 403 without a reason/ });
});

t.test('a block of which Graph is no way out is told as it is', async (t) => {
  const withoutRole = [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }];
  const stack = await startStack(t, {
    ...AUTO,
    prepare: ({ entra, exchange }) => {
      entra.apps = withoutRole;
      exchange.settings.ewsEnabled = false;
    },
  });
  t.match(readFault(t, await stack.post(GET_FOLDER), 'ErrorAccessDenied').text, /EWS is switched off/);
  t.match(await reportOf(stack), {
    service: 'ews',
    reason: /EWS is switched off/,
    notice: /Microsoft Graph would not work either: .*Mail\.ReadWrite/,
  });
  stack.simulator.exchange.settings.ewsEnabled = true;
  t.equal((await stack.post(GET_FOLDER)).status, 200, 'it goes on with EWS once that is open');
  t.match(await reportOf(stack), { service: 'ews', notice: undefined });
});

t.test('while Graph is throttled, a blocked client is asked to come again', async (t) => {
  const stack = await startStack(t, { ...AUTO, prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false) });
  stack.simulator.graph.script.add({ status: 429, headers: { 'retry-after': '600' }, times: 20 });
  const fault = readFault(t, await stack.post(GET_FOLDER), 'ErrorServerBusy');
  t.match(fault.text, /EWS is switched off.*Microsoft Graph.*cannot answer at the moment/);
  t.match(await reportOf(stack), { service: 'ews' });
});

t.test('throttles, time-outs and cuts are none', async (t) => {
  const stack = await startStack(t, { ...AUTO, limits: 'shutdownSeconds: 1, responseSeconds: 1' });
  const { script } = stack.simulator.exchange;
  for (const fault of [
    { status: 503 },
    { status: 404 },
    { status: 401, times: 3 },
    { cut: 'before' as const, times: 3 },
    { delay: 3_000 },
  ]) {
    script.clear();
    script.add(fault);
    await stack.post(GET_FOLDER);
  }
  t.equal(askedOf(stack).graph, 0);
  t.match(await reportOf(stack), { service: 'ews', since: undefined });
});

t.test('many requests that meet the block together ask Graph for the Inbox once', async (t) => {
  const stack = await startStack(t, { ...AUTO, prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false) });
  const answers = await Promise.all(Array.from({ length: 8 }, () => stack.post(GET_FOLDER)));
  t.ok(answers.every(({ status }) => status === 200));
  t.equal(stack.log().filter(({ msg }) => msg === 'Microsoft Graph answers this mailbox from now on').length, 1);
});

t.test('an endpoint without a Graph beside it stays on EWS', async (t) => {
  const stack = await startStack(t, {
    registration: '    backend: auto',
    prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false),
  });
  readFault(t, await stack.post(GET_FOLDER), 'ErrorAccessDenied');
  t.equal(askedOf(stack).graph, 0);
});

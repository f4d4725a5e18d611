import t, { type Test } from 'tap';
import * as faults from '../../../src/simulator/graph/faults.ts';
import type { GraphFault } from '../../../src/simulator/graph/faults.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';
import { mail, startStack, type Stack } from '../../support/stack.ts';

const GET = 'GET /users/{user}/messages/{message}';
const MOVE = 'POST /users/{user}/messages/{message}/move';
const PATCH = 'PATCH /users/{user}/messages/{message}';
const INBOX = '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds>';
const EMPTY = `<m:EmptyFolder DeleteType="MoveToDeletedItems" DeleteSubFolders="false">${INBOX}</m:EmptyFolder>`;
const READ =
  '<m:MarkAllItemsAsRead><m:ReadFlag>true</m:ReadFlag><m:SuppressReadReceipts>true</m:SuppressReadReceipts>' +
  `${INBOX}</m:MarkAllItemsAsRead>`;
/** Of all calls in ten minutes, for an app and a mailbox. */
const OVER_REQUESTS: GraphFault = {
  status: 429,
  headers: { 'content-type': 'application/json', 'retry-after': '900' },
  body: '{"error":{"code":"ApplicationThrottled","message":"Application is over its request limit."}}',
};
const refused = (status: number, code: string): GraphFault => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: { code, message: '' } }),
});

interface Inbox {
  readonly stack: Stack;
  readonly getItems: string;
}

/** With some messages; Graph has been asked for each. */
async function inboxOf(t: Test, count: number): Promise<Inbox> {
  const stack = await startStack(t, { backend: 'graph', alice: '    operations: mail' });
  const items = [];
  for (let index = 0; index < count; index++) items.push(await mailboxOf(stack).deliver(mail(`item ${index}`)));
  const getItems = envelope(
    '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>' +
      `${items.map(({ id }) => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`,
  );
  t.same(new Set(codesOf((await stack.post(getItems)).text)), new Set(['NoError']));
  return { stack, getItems };
}

/** Calls since a point, in the order they came: those of a batch and single ones. */
function callsFrom({ simulator }: Stack, before: number, operation: string): { steps: number; singly: number } {
  const calls = simulator.graph.requests
    .slice(before)
    .filter(({ method, template }) => `${method} ${template}` === operation);
  const steps = calls.filter(({ isBatchStep }) => isBatchStep).length;
  return { steps, singly: calls.length - steps };
}

t.test('reads that Graph put off or did not answer are made again, and no others', async (t) => {
  const { stack, getItems } = await inboxOf(t, 5);
  const { graph } = stack.simulator;
  for (const [name, fault, again] of [
    ['429 for two of five', { ...faults.throttled(1), times: 2 }, 2],
    ['429 without Retry-After', faults.throttled(), 1],
    ['503', faults.serviceUnavailable(), 1],
    ['504', faults.gatewayTimeout(), 1],
    ['500 that passes', refused(500, 'ErrorInternalServerTransientError'), 1],
    ['423', refused(423, 'Locked'), 1],
  ] as const) {
    const before = graph.requests.length;
    graph.script.add({ ...fault, operation: GET });
    t.same(
      codesOf((await stack.post(getItems)).text),
      Array.from({ length: 5 }, () => 'NoError'),
      name,
    );
    t.same(callsFrom(stack, before, GET), { steps: 5, singly: again }, name);
  }
});

t.test('what stays as it is, is not asked for again', async (t) => {
  const { stack, getItems } = await inboxOf(t, 2);
  for (const code of ['ErrorItemCorrupt', 'ErrorMailboxStoreUnavailable']) {
    const before = stack.simulator.graph.requests.length;
    stack.simulator.graph.script.add({ ...refused(code === 'ErrorItemCorrupt' ? 500 : 400, code), operation: GET });
    t.same(codesOf((await stack.post(getItems)).text).toSorted(), ['NoError', code].toSorted());
    t.same(callsFrom(stack, before, GET), { steps: 2, singly: 0 });
  }
});

t.test('a conflict that nobody asked about is tried again alone', async (t) => {
  const { stack } = await inboxOf(t, 3);
  stack.simulator.graph.script.add({ ...faults.conflict(), operation: PATCH, times: 2 });
  const before = stack.simulator.graph.requests.length;
  t.same(codesOf((await stack.post(envelope(READ))).text), ['NoError']);
  t.same(callsFrom(stack, before, PATCH), { steps: 3, singly: 2 });
  t.equal(mailboxOf(stack).counts('inbox').unread, 0);
});

t.test('a move that Graph put off is made again; one that it may have carried out is looked for', async (t) => {
  const { stack } = await inboxOf(t, 3);
  const { graph } = stack.simulator;
  graph.script.add({ ...faults.throttled(1), operation: MOVE }, { ...faults.lateTimeout(), operation: MOVE });
  const before = graph.requests.length;
  t.same(codesOf((await stack.post(envelope(EMPTY))).text), ['NoError']);
  t.same(callsFrom(stack, before, MOVE), { steps: 3, singly: 1 });
  t.same([mailboxOf(stack).counts('inbox').total, mailboxOf(stack).counts('deleteditems').total], [0, 3], 'each once');
});

t.test('a move that was not carried out is made again once the list shows it', async (t) => {
  const { stack } = await inboxOf(t, 3);
  const { graph } = stack.simulator;
  graph.script.add({ ...faults.gatewayTimeout(), operation: MOVE });
  const before = graph.requests.length;
  t.same(codesOf((await stack.post(envelope(EMPTY))).text), ['NoError']);
  t.same(callsFrom(stack, before, MOVE), { steps: 3, singly: 1 });
  t.same([mailboxOf(stack).counts('inbox').total, mailboxOf(stack).counts('deleteditems').total], [0, 3]);
});

for (const [name, fault] of [
  ['', faults.throttled(900)],
  [', for the whole mailbox', OVER_REQUESTS],
] as const)
  t.test(`an item that is put off for longer than the client waits is alone busy${name}`, async (t) => {
    const { stack, getItems } = await inboxOf(t, 3);
    stack.simulator.graph.script.add({ ...fault, operation: GET });
    const before = stack.simulator.graph.requests.length;
    const { status, text } = await stack.post(getItems);
    t.equal(status, 200);
    t.same(codesOf(text).toSorted(), ['ErrorServerBusy', 'NoError', 'NoError']);
    t.match(
      text,
      /<m:ResponseCode>ErrorServerBusy<.*<m:MessageXml><t:Value Name="BackOffMilliseconds">900000<\/t:Value><\/m:MessageXml>/,
    );
    t.same(callsFrom(stack, before, GET), { steps: 3, singly: 0 });
  });

t.test('where all items are put off, the request is', async (t) => {
  const { stack, getItems } = await inboxOf(t, 2);
  stack.simulator.graph.script.add({ ...faults.throttled(900), operation: GET, times: 2 });
  t.equal(readFault(t, await stack.post(getItems), 'ErrorServerBusy').backOff, 900_000);
});

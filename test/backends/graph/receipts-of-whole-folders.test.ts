/** MarkAllItemsAsRead with SuppressReadReceipts sends none, however Graph answers. */
import t, { type Test } from 'tap';
import { ALL_A, type GraphBehaviour } from '../../../src/simulator/graph/behaviour.ts';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { recipient } from '../../../src/simulator/mailbox/message.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { BOB, mail, startStack, type Stack } from '../../support/stack.ts';

interface Scene {
  readonly stack: Stack;
  readonly alice: Mailbox;
  readonly bob: Mailbox | undefined;
}

/** With three plain messages from Bob in the Inbox, and two that ask for a receipt. */
async function sceneWith(
  t: Test,
  receiptsCanBeWithdrawn: boolean,
  behaviour: Partial<GraphBehaviour> = {},
): Promise<Scene> {
  const stack = await startStack(t, {
    backend: 'graph',
    alice: '    operations: all',
    registration: `    graph: { capabilities: { receiptsCanBeWithdrawn: ${receiptsCanBeWithdrawn} } }`,
    prepare: ({ graph }) => (graph.behaviour = { ...ALL_A, ...behaviour }),
  });
  const alice = mailboxOf(stack);
  for (const asks of [false, true, false, true, false])
    await alice.deliver({ ...mail(asks ? 'asks' : 'plain'), from: recipient(BOB), isReadReceiptRequested: asks });
  return { stack, alice, bob: stack.simulator.exchange.mailboxes.find(({ address }) => address === BOB) };
}

const mark = (isRead: boolean, suppresses: boolean): string =>
  envelope(
    `<m:MarkAllItemsAsRead><m:ReadFlag>${isRead}</m:ReadFlag><m:SuppressReadReceipts>${suppresses}` +
      '</m:SuppressReadReceipts><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds>' +
      '</m:MarkAllItemsAsRead>',
    '<t:RequestServerVersion Version="Exchange2013"/>',
  );

const unread = ({ alice }: Scene): readonly string[] =>
  alice.items
    .list(alice.folders.resolve('inbox').id)
    .filter(({ isRead }) => !isRead)
    .map(({ subject }) => subject);

t.test('where the request can be taken back all are marked as read, and no receipt is sent', async (t) => {
  const scene = await sceneWith(t, true, { receiptRequests: 'changeable' });
  const { text } = await scene.stack.post(mark(true, true));
  t.same(codesOf(text), ['NoError']);
  t.same(unread(scene), []);
  t.equal(scene.bob?.counts('inbox').total, 0);
});

t.test('where it cannot, messages that ask for one stay unread, and the answer says how many', async (t) => {
  const refusing: readonly (readonly [boolean, Partial<GraphBehaviour>])[] = [
    [false, {}],
    // Measured once, and no longer so.
    [true, {}],
    [true, { contentOfNonDrafts: 'unchanged' }],
  ];
  for (const [capability, behaviour] of refusing) {
    const scene = await sceneWith(t, capability, behaviour);
    const { text } = await scene.stack.post(mark(true, true));
    t.same(codesOf(text), ['ErrorInvalidOperation']);
    t.match(text, /2 of the messages ask for one, and stay unread/);
    t.same(unread(scene), ['asks', 'asks']);
    t.equal(scene.bob?.counts('inbox').total, 0);
  }
});

t.test('what is passing is no refusal: the program may ask again', async (t) => {
  const scene = await sceneWith(t, true, { receiptRequests: 'changeable' });
  const { script } = scene.stack.simulator.graph;
  script.add({
    operation: 'PATCH /users/{user}/messages/{message}',
    status: 500,
    times: Infinity,
    headers: { 'content-type': 'application/json' },
    body: '{"error":{"code":"ErrorMailboxStoreUnavailable","message":"The mailbox store is unavailable."}}',
  });
  t.same(codesOf((await scene.stack.post(mark(true, true))).text), ['ErrorMailboxStoreUnavailable']);
  t.equal(scene.bob?.counts('inbox').total, 0);
  script.clear();
  t.same(codesOf((await scene.stack.post(mark(true, true))).text), ['NoError']);
  t.same(unread(scene), []);
  t.equal(scene.bob?.counts('inbox').total, 0);
});

t.test(
  'receipts that are not to be suppressed are sent, and nothing asks for them where mail becomes unread',
  async (t) => {
    const scene = await sceneWith(t, false);
    t.same(codesOf((await scene.stack.post(mark(true, false))).text), ['NoError']);
    t.same(unread(scene), []);
    t.equal(scene.bob?.counts('inbox').total, 2);
    t.same(codesOf((await scene.stack.post(mark(false, true))).text), ['NoError']);
    t.equal(unread(scene).length, 5);
  },
);

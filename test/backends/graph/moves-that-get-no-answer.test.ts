import t from 'tap';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack, type Stack } from '../../support/stack.ts';

const MOVE = 'POST /users/{user}/messages/{message}/move';
const COPY = 'POST /users/{user}/messages/{message}/copy';
const getItem = (id: string): string =>
  envelope(
    '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
      `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
  );
const transfer = (operation: 'MoveItem' | 'CopyItem', id: string): string =>
  envelope(
    `<m:${operation}><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>` +
      `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:${operation}>`,
  );
const idIn = (text: string): string => /<t:ItemId Id="([^"]+)"/.exec(text)?.[1] ?? '';

/** A message and a twin that was received with it, of which a copy of the twin lies in the target already. */
async function prepare(stack: Stack): Promise<string> {
  const mailbox = mailboxOf(stack);
  const receivedAt = new Date('2026-01-02T03:04:05.600Z');
  const [one, twin] = [0, 1].map(() => mailbox.add(mail('twins'), 'inbox', { receivedAt }));
  mailbox.move(twin?.id ?? '', 'drafts');
  return one?.id ?? '';
}

for (const fractionsOfDates of ['cut', 'compared'] as const)
  for (const cut of ['before', 'midway'] as const)
    t.test(`a move of what was read, cut ${cut}, dates ${fractionsOfDates}, is found by its search key`, async (t) => {
      const stack = await startStack(t, { backend: 'graph' });
      stack.simulator.graph.behaviour = { ...stack.simulator.graph.behaviour, fractionsOfDates };
      const id = await prepare(stack);
      const { searchKey } = mailboxOf(stack).item(id);
      await stack.post(getItem(id));
      stack.simulator.graph.script.add({ operation: MOVE, cut });
      const { text } = await stack.post(transfer('MoveItem', id));
      t.same(codesOf(text), ['NoError']);
      t.equal(mailboxOf(stack).item(idIn(text)).searchKey, searchKey);
      t.same([mailboxOf(stack).counts('inbox').total, mailboxOf(stack).counts('drafts').total], [0, 2]);
    });

t.test(
  'of what was never read, a move that was carried out cannot be told from others: nobody is told it failed',
  async (t) => {
    const stack = await startStack(t, { backend: 'graph' });
    const id = await prepare(stack);
    stack.simulator.graph.script.add({ operation: MOVE, cut: 'midway' });
    const { status, text } = await stack.post(transfer('MoveItem', id));
    t.equal(status, 500);
    t.match(text, /Whether the request was carried out is not known/);
    t.equal(mailboxOf(stack).counts('drafts').total, 2, 'it was moved once');
  },
);

t.test('of what was never read, a move that was not carried out is tried again', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const id = await prepare(stack);
  stack.simulator.graph.script.add({ operation: MOVE, cut: 'before' });
  t.same(codesOf((await stack.post(transfer('MoveItem', id))).text), ['NoError']);
  t.equal(mailboxOf(stack).counts('drafts').total, 2);
});

t.test('a copy that was cut off is not made a second time', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const id = await prepare(stack);
  stack.simulator.graph.script.add({ operation: COPY, cut: 'midway' });
  const { text } = await stack.post(transfer('CopyItem', id));
  t.match(text, /Whether the request was carried out is not known/);
  t.equal(mailboxOf(stack).counts('drafts').total, 2);
});

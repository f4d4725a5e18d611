import t from 'tap';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack, type Stack } from '../../support/stack.ts';

const MOVE = 'POST /users/{user}/messages/{message}/move';

async function threeMessages(stack: Stack): Promise<{ mailbox: Mailbox; ids: string[] }> {
  const mailbox = mailboxOf(stack);
  const ids: string[] = [];
  for (const subject of ['one', 'two', 'three']) ids.push((await mailbox.deliver(mail(subject))).id);
  return { mailbox, ids };
}

const move = (ids: readonly string[]): string =>
  envelope(
    '<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId><m:ItemIds>' +
      `${ids.map((id) => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:MoveItem>`,
  );
const remove = (type: string, id: string): string =>
  envelope(`<m:DeleteItem DeleteType="${type}"><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:DeleteItem>`);

t.test('an outage after a part was moved is the error of the parts that are left', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const { mailbox, ids } = await threeMessages(stack);
  let moves = 0;
  stack.simulator.graph.onRequest = ({ method, template }) => {
    if (`${method} ${template}` === MOVE && ++moves === 1)
      stack.simulator.graph.script.add({ operation: MOVE, status: 429, headers: { 'retry-after': '900' }, times: 9 });
  };
  const { status, text } = await stack.post(move(ids));
  t.equal(status, 200);
  t.same(codesOf(text), ['NoError', 'ErrorServerBusy', 'ErrorServerBusy']);
  t.equal(mailbox.counts('drafts').total, 1);
  t.equal(moves, 2, 'the third is not tried');
});

t.test('an outage at the first part is the fault of the request', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const { mailbox, ids } = await threeMessages(stack);
  stack.simulator.graph.script.add({ operation: MOVE, status: 429, headers: { 'retry-after': '900' } });
  const { status, text } = await stack.post(move(ids));
  t.equal(status, 500);
  t.same(codesOf(text), ['ErrorServerBusy']);
  t.equal(mailbox.counts('inbox').total, 3);
});

for (const [type, operation] of [
  ['MoveToDeletedItems', MOVE],
  ['SoftDelete', 'DELETE /users/{user}/messages/{message}'],
  ['HardDelete', 'POST /users/{user}/messages/{message}/permanentDelete'],
] as const)
  for (const cut of ['before', 'midway'] as const)
    t.test(`${type} whose connection breaks ${cut} is carried out and succeeds`, async (t) => {
      const stack = await startStack(t, { backend: 'graph' });
      const { mailbox, ids } = await threeMessages(stack);
      stack.simulator.graph.script.add({ operation, cut });
      const { status, text } = await stack.post(remove(type, ids[0] ?? ''));
      t.equal(status, 200);
      t.same(codesOf(text), ['NoError']);
      t.equal(mailbox.counts('inbox').total, 2);
      t.equal(stack.simulator.graph.script.take(operation), undefined, 'the fault was played');
    });

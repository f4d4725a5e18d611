/** EmptyFolder where Graph refuses to move messages: nothing stays in the folder without a word. */
import t from 'tap';
import { ALL_A } from '../../../src/simulator/graph/behaviour.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack } from '../../support/stack.ts';

const empty = (type: string): string =>
  envelope(
    `<m:EmptyFolder DeleteType="${type}" DeleteSubFolders="false">` +
      '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:EmptyFolder>',
  );

for (const [type, capabilities] of [
  ['HardDelete', '{ permanentDelete: false }'],
  ['SoftDelete', '{ deletedMessagesRecoverable: false }'],
] as const)
  t.test(`${type}, and Graph takes nothing into the recoverable items by a move`, async (t) => {
    const registration = `    graph: { hardDelete: recoverable, capabilities: ${capabilities} }`;
    const stack = await startStack(t, { backend: 'graph', alice: '    operations: mail', registration });
    stack.simulator.graph.behaviour = { ...ALL_A, movesToRecoverable: 'refused' };
    const mailbox = mailboxOf(stack);
    for (let index = 0; index < 3; index++) await mailbox.deliver(mail(`item ${index}`));
    t.same(codesOf((await stack.post(empty(type))).text), ['NoError']);
    t.equal(mailbox.counts('inbox').total, 0);
    t.equal(mailbox.counts('recoverableitemsdeletions').total, 3, 'where DELETE puts them');
  });

t.test('messages that stay although Graph calls them unknown are not reported as deleted', async (t) => {
  const stack = await startStack(t, { backend: 'graph', alice: '    operations: mail' });
  const mailbox = mailboxOf(stack);
  await mailbox.deliver(mail('stays'));
  stack.simulator.graph.script.add({
    operation: 'POST /users/{user}/messages/{message}/move',
    status: 404,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { code: 'ErrorItemNotFound', message: '' } }),
    times: Infinity,
  });
  t.same(codesOf((await stack.post(empty('MoveToDeletedItems'))).text), ['ErrorItemNotFound']);
  t.equal(mailbox.counts('inbox').total, 1);
});

import t from 'tap';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack } from '../../support/stack.ts';

const remove = (type: string, id: string): string =>
  envelope(`<m:DeleteItem DeleteType="${type}"><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:DeleteItem>`);

for (const [type, folder] of [
  ['MoveToDeletedItems', 'deleteditems'],
  ['SoftDelete', 'recoverableitemsdeletions'],
] as const)
  t.test(`${type} leaves a message in ${folder}`, async (t) => {
    const stack = await startStack(t, { backend: 'graph' });
    const mailbox = mailboxOf(stack);
    const { id } = await mailbox.deliver(mail('item'));
    t.same(codesOf((await stack.post(remove(type, id))).text), ['NoError']);
    t.equal(mailbox.counts('inbox').total, 0);
    t.equal(mailbox.counts(folder).total, 1);
    t.same(codesOf((await stack.post(remove(type, id))).text), ['ErrorItemNotFound'], 'the second time');
  });

t.test('HardDelete leaves a message in no folder that a client sees', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const mailbox = mailboxOf(stack);
  const { id } = await mailbox.deliver(mail('item'));
  t.same(codesOf((await stack.post(remove('HardDelete', id))).text), ['NoError']);
  for (const folder of ['inbox', 'deleteditems', 'recoverableitemsdeletions'])
    t.equal(mailbox.counts(folder).total, 0, folder);
});

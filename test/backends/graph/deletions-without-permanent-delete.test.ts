import t from 'tap';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack } from '../../support/stack.ts';

const remove = (id: string): string =>
  envelope(`<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:DeleteItem>`);

for (const [hardDelete, code, inbox, recoverable] of [
  ['refuse', 'ErrorCannotDeleteObject', 1, 0],
  ['recoverable', 'NoError', 0, 1],
] as const)
  t.test(`HardDelete in a cloud without permanent deletion, set to ${hardDelete}`, async (t) => {
    const graph = `{ hardDelete: ${hardDelete}, capabilities: { permanentDelete: false } }`;
    const stack = await startStack(t, { backend: 'graph', registration: `    graph: ${graph}` });
    const mailbox = mailboxOf(stack);
    const { id } = await mailbox.deliver(mail('item'));
    t.same(codesOf((await stack.post(remove(id))).text), [code]);
    t.equal(mailbox.counts('inbox').total, inbox);
    t.equal(mailbox.counts('recoverableitemsdeletions').total, recoverable);
    t.notOk(stack.simulator.graph.requests.some(({ path }) => path.endsWith('permanentDelete')));
  });

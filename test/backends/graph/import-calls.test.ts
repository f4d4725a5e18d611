import t, { type Test } from 'tap';
import type { GraphRequestRecord } from '../../../src/simulator/graph/wire.ts';
import { mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { importAll, throughGateway } from '../../support/importer.ts';
import { mail, startStack, type Stack } from '../../support/stack.ts';
import { fill, type SeededMessage } from './find-item-requests.ts';

const files = (count: number): { name: string; contentType: string; content: Buffer }[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `scan-${index}.pdf`,
    contentType: 'application/pdf',
    content: Buffer.from(`page ${index}`),
  }));
const LIST = 'GET /users/{user}/mailFolders/{folder}/messages';
const SEEDED: SeededMessage = {
  subject: 'Scan',
  received: 0,
  isRead: false,
  importance: 'normal',
  categories: [],
  length: 3,
};

/** What went over the wire while something ran; the steps of a batch are in it. */
async function callsOf({ simulator }: Stack, run: () => Promise<unknown>): Promise<readonly string[]> {
  const { requests } = simulator.graph;
  const before = requests.length;
  await run();
  const isOnWire = ({ isBatchStep }: GraphRequestRecord): boolean => !isBatchStep;
  return requests
    .slice(before)
    .filter(isOnWire)
    .map(({ method, template }) => `${method} ${template}`);
}

async function started(t: Test): Promise<Stack> {
  const stack = await startStack(t, { backend: 'graph' });
  // Learns the mailbox, which happens once a day, and makes the folder.
  await importAll({ send: throughGateway(stack.post) });
  return stack;
}

for (const attachments of [0, 1, 3])
  t.test(`a mail with ${attachments} attachments is imported in ${4 + attachments} calls`, async (t) => {
    const stack = await started(t);
    await mailboxOf(stack).deliver(mail('Invoice', files(attachments)));
    const calls = await callsOf(stack, async () => {
      const disk = await importAll({ send: throughGateway(stack.post), pageSize: 50 });
      t.equal(disk.names.length, attachments);
    });
    // The program looks for its folder first, and sees at the end that nothing is left.
    const ofMail = calls.filter((call) => !call.includes('childFolders')).slice(0, -1);
    t.ok(ofMail.length <= 4 + attachments, ofMail.join(', '));
  });

t.test('a page of 50 is one call, and at most one more a minute for the counter', async (t) => {
  const stack = await started(t);
  fill(
    mailboxOf(stack),
    Array.from({ length: 120 }, (_, received) => ({ ...SEEDED, received })),
  );
  const page = (offset: number): string =>
    envelope(
      '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>' +
        `<m:IndexedPageItemView MaxEntriesReturned="50" Offset="${offset}" BasePoint="Beginning"/>` +
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
    );
  const lists = (calls: readonly string[]): number => calls.filter((call) => call.endsWith('/messages')).length;
  const first = await callsOf(stack, () => stack.post(page(0)));
  t.equal(lists(first), 1);
  t.ok(first.length <= 2, first.join(', '));
  for (const offset of [0, 50, 50])
    t.equal((await callsOf(stack, () => stack.post(page(offset)))).join(), LIST, `again, from ${offset}`);
});

t.test('twenty ids without MIME are two round trips at most', async (t) => {
  const stack = await started(t);
  const mailbox = mailboxOf(stack);
  fill(
    mailbox,
    Array.from({ length: 20 }, (_, received) => ({ ...SEEDED, received })),
  );
  const ids = mailbox.items.list(mailbox.folders.resolve('inbox').id).map(({ id }) => `<t:ItemId Id="${id}"/>`);
  const shapes = {
    'AllProperties': '<t:BaseShape>AllProperties</t:BaseShape>',
    'both bodies':
      '<t:BaseShape>Default</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Body"/>' +
      '<t:FieldURI FieldURI="item:TextBody"/></t:AdditionalProperties>',
  };
  for (const [name, shape] of Object.entries(shapes)) {
    const calls = await callsOf(stack, async () => {
      const body = `<m:GetItem><m:ItemShape>${shape}</m:ItemShape><m:ItemIds>${ids.join('')}</m:ItemIds></m:GetItem>`;
      const { text } = await stack.post(envelope(body));
      t.equal(text.match(/<m:ResponseCode>NoError</g)?.length, 20);
    });
    t.ok(calls.length <= 2, `${name}: ${calls.join(', ')}`);
  }
});

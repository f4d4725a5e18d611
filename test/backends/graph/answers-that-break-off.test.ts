import t from 'tap';
import { toGraphAlphabet } from '../../../src/ews/ids/alphabet.ts';
import { proxyPage, truncated, type GraphFault } from '../../../src/simulator/graph/faults.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack } from '../../support/stack.ts';

const GET = 'GET /users/{user}/messages/{message}';

const stack = await startStack(t, { backend: 'graph' });
const { graph } = stack.simulator;
const mailbox = mailboxOf(stack);
const { id } = mailbox.add(mail('whole'), 'inbox', { receivedAt: new Date('2026-01-01T00:00:00Z') });
const corrupt = mailbox.add(mail('corrupt'), 'inbox', { receivedAt: new Date('2026-01-02T00:00:00Z') });

t.beforeEach(() => graph.script.clear());

const getItem = envelope(
  '<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>' +
    `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
);
const findOne = (offset: number): string =>
  envelope(
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>' +
      '<t:FieldURI FieldURI="message:From"/></t:AdditionalProperties></m:ItemShape>' +
      `<m:IndexedPageItemView MaxEntriesReturned="1" Offset="${offset}" BasePoint="Beginning"/>` +
      '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
  );
/** Breaks off whatever has the one message in it, where the call's query asks for what `breaks` it off. */
const corrupted = (breaks: (select: string) => boolean): GraphFault => ({
  times: 99,
  alter: (answer, call) => {
    const isIn = JSON.stringify(answer.json).includes(toGraphAlphabet(corrupt.id));
    return isIn && breaks(call.request.query.get('$select') ?? '')
      ? (truncated().alter?.(answer, call) ?? answer)
      : answer;
  },
});

t.test('a message that breaks each answer off is corrupt; others are not touched by it', async (t) => {
  graph.script.add({ ...truncated(), operation: GET, times: 3 });
  t.same(codesOf((await stack.post(getItem)).text), ['ErrorItemCorrupt']);
  t.equal(graph.script.pending, 0, 'it was asked for three times');
  t.same(codesOf((await stack.post(getItem)).text), ['NoError']);
});

t.test('a page of a proxy makes no message corrupt', async (t) => {
  graph.script.add({ ...proxyPage(), operation: GET, times: 3 });
  t.strictNotSame(codesOf((await stack.post(getItem)).text), ['ErrorItemCorrupt']);
});

t.test('a list goes on past a message whose people break it off', async (t) => {
  graph.script.add(corrupted((select) => /\bfrom\b/.test(select)));
  const first = (await stack.post(findOne(0))).text;
  t.match(first, /<t:Subject>corrupt</);
  t.notMatch(first, /<t:From>/);
  t.match((await stack.post(findOne(1))).text, /<t:Subject>whole<.*<t:From>/s);
});

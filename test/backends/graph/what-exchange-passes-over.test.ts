import t from 'tap';
import { codesOf, startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';
import { mail } from '../../support/stack.ts';

const SHAPE = '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>';
const PAGE = '<m:IndexedPageItemView MaxEntriesReturned="1" Offset="0" BasePoint="Beginning"/>';
const FOLDER = '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds>';
const find = (content: string): string => `<m:FindItem Traversal="Shallow">${content}</m:FindItem>`;

t.test('what Exchange passes over does not stand in the way', async (t) => {
  const { ews, graph, mailbox } = await startDifferential(t);
  for (const subject of ['one', 'two']) await mailbox.deliver(mail(subject));
  for (const [name, request] of [
    ['elements in another order', find(`${FOLDER}${PAGE}${SHAPE}`)],
    ['an element of no schema', find(`${SHAPE}<m:Unknown x="y"><t:z/></m:Unknown>${PAGE}${FOLDER}`)],
    ['text beside elements', find(`a${SHAPE}b${PAGE}<m:ParentFolderIds>c${FOLDER.slice(19)}d`)],
  ] as const)
    for (const [by, { text }] of [
      ['Exchange', await ews(envelope(request))],
      ['Graph', await graph.post(envelope(request))],
    ] as const) {
      t.same(codesOf(text), ['NoError'], `${name}, ${by}`);
      t.equal(text.match(/<t:Message>/g)?.length, 1, `${name}, ${by}: the page is of one`);
    }
});

t.test('what is missing or no value is refused all the same, and the first violation is named', async (t) => {
  const { ews, graph } = await startDifferential(t);
  for (const [request, violation] of [
    [find(`${FOLDER}${PAGE}`), /has invalid child element 'ParentFolderIds'.*expected: 'ItemShape'/],
    [
      find(`${PAGE}${SHAPE.replace('IdOnly', 'Everything')}${FOLDER}`),
      /has invalid child element 'IndexedPageItemView'/,
    ],
    [find(`${SHAPE}${SHAPE}${PAGE}${FOLDER}`), /has invalid child element 'ItemShape'/],
  ] as const)
    for (const answer of [await ews(envelope(request)), await graph.post(envelope(request))])
      t.match(readFault(t, answer, 'ErrorSchemaValidation').text, violation);
});

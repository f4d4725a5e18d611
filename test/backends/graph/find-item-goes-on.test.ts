import t from 'tap';
import { throttled } from '../../../src/simulator/graph/faults.ts';
import { codesOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { startStack } from '../../support/stack.ts';
import { fill, findItem, inboxOf, pagesIn, type SeededMessage } from './find-item-requests.ts';

const LIST = 'GET /users/{user}/mailFolders/{folder}/messages';
const seeded = (count: number): SeededMessage[] =>
  Array.from({ length: count }, (_, index) => ({
    subject: `Scan ${index % 100}`,
    received: index,
    isRead: false,
    importance: 'normal',
    categories: [],
    length: 1,
  }));

t.test('a list that is sorted here goes on where the last try ended', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  fill(inboxOf(simulator), seeded(1_200));
  // Graph does not sort by subject: all rows are listed, 500 at a time.
  const request = findItem({
    sort: [{ field: 'item:Subject', descending: false }],
    view: '<m:IndexedPageItemView MaxEntriesReturned="5" Offset="0" BasePoint="Beginning"/>',
  });
  simulator.graph.script.add({ operation: LIST }, { ...throttled(900), operation: LIST });
  const busy = await post(request);
  t.same(codesOf(busy.text), ['ErrorServerBusy']);
  const [page] = pagesIn((await post(request)).text);
  t.equal(page?.total, 1_200);
  t.equal(new Set(page?.ids).size, 5);
  const lists = simulator.graph.requests.filter(({ template }) => template.endsWith('/messages'));
  const fromTheStart = lists.filter(({ query }) => !decodeURIComponent(query).replaceAll('+', ' ').includes(' lt '));
  t.equal(fromTheStart.length, 1, 'the first rows were read once');
});

t.test('a search in which nothing was found yet goes on where the last try ended', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  // The newest come first: what fits is the oldest of all.
  fill(
    inboxOf(simulator),
    seeded(350).map((one, index) => ({ ...one, subject: index === 0 ? 'Needle' : one.subject })),
  );
  const request = findItem({
    restriction:
      '<t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase">' +
      '<t:FieldURI FieldURI="item:Subject"/><t:Constant Value="needle"/></t:Contains>',
    view: '<m:IndexedPageItemView MaxEntriesReturned="5" Offset="0" BasePoint="Beginning"/>',
  });
  simulator.graph.script.add({ operation: LIST }, { operation: LIST }, { ...throttled(900), operation: LIST });
  t.same(codesOf((await post(request)).text), ['ErrorServerBusy']);
  const [page] = pagesIn((await post(request)).text);
  t.same(page?.ids, ['0']);
  t.equal(page?.includesLast, true);
  const lists = simulator.graph.requests.filter(({ template }) => template.endsWith('/messages'));
  const fromTheStart = lists.filter(({ query }) => !decodeURIComponent(query).replaceAll('+', ' ').includes(' lt '));
  t.equal(fromTheStart.length, 1, 'the first rows were read once');
});

t.test('the total is right after a change of its own', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  const inbox = inboxOf(simulator);
  fill(inbox, seeded(5));
  const request = findItem({
    view: '<m:IndexedPageItemView MaxEntriesReturned="2" Offset="0" BasePoint="Beginning"/>',
  });
  t.equal(pagesIn((await post(request)).text)[0]?.total, 5);
  const [item] = inbox.items.list(inbox.folders.resolve('inbox').id);
  const moved = await post(
    envelope(
      '<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>' +
        `<m:ItemIds><t:ItemId Id="${item?.id ?? ''}"/></m:ItemIds></m:MoveItem>`,
    ),
  );
  t.same(codesOf(moved.text), ['NoError']);
  t.equal(pagesIn((await post(request)).text)[0]?.total, 4);
});

t.test('where Graph runs all of a batch at once, what it refuses comes again four at a time', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  const inbox = inboxOf(simulator);
  fill(inbox, seeded(20));
  simulator.graph.behaviour = { ...simulator.graph.behaviour, batchAtOnce: 20 };
  const ids = inbox.items.list(inbox.folders.resolve('inbox').id).map(({ id }) => `<t:ItemId Id="${id}"/>`);
  const { text } = await post(
    envelope(
      '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
        `<m:ItemIds>${ids.join('')}</m:ItemIds></m:GetItem>`,
    ),
  );
  t.same(
    codesOf(text),
    Array.from({ length: 20 }, () => 'NoError'),
  );
  const gets = simulator.graph.requests.filter(({ template }) => template === '/users/{user}/messages/{message}');
  t.same(
    [gets.filter(({ isBatchStep }) => isBatchStep).length, gets.filter(({ isBatchStep }) => !isBatchStep).length],
    [20, 16],
  );
  t.ok(gets.every(({ inFlight }) => inFlight <= 4));
});

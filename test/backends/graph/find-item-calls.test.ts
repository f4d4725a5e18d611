import t from 'tap';
import { startStack } from '../../support/stack.ts';
import { fill, findItem, inboxOf, pagesIn, type FindItemRequest, type SeededMessage } from './find-item-requests.ts';

const MESSAGES = Array.from({ length: 250 }, (_, index): SeededMessage => ({
  subject: `Scan ${index % 7}`,
  received: index,
  isRead: index % 2 === 0,
  importance: 'normal',
  categories: ['Red'],
  length: 1,
}));
const CONTAINS =
  '<t:Contains ContainmentMode="Substring" ContainmentComparison="Exact"><t:FieldURI FieldURI="item:Subject"/>' +
  '<t:Constant Value="3"/></t:Contains>';
const page = (count: number, offset = 0, base = 'Beginning'): string =>
  `<m:IndexedPageItemView MaxEntriesReturned="${count}" Offset="${offset}" BasePoint="${base}"/>`;

/** Requests over the wire that one page may cost, batches as one; the folder's counters and its names are others. */
const COSTS: readonly { readonly name: string; readonly request: FindItemRequest; readonly lists: number }[] = [
  { name: 'the newest 100', request: { view: page(100) }, lists: 1 },
  { name: 'from an offset', request: { view: page(100, 50) }, lists: 1 },
  { name: 'from the end', request: { view: page(100, 50, 'End') }, lists: 1 },
  { name: 'judged here', request: { view: page(20), restriction: CONTAINS }, lists: 2 },
  { name: 'beyond the end', request: { view: page(10, 900) }, lists: 2 },
];

t.test('a page costs a bounded number of calls, not one for each message', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  fill(inboxOf(simulator), MESSAGES);
  await post(findItem({ view: page(1) }));
  const { requests } = simulator.graph;
  for (const { name, request, lists } of COSTS) {
    const before = requests.length;
    t.equal(pagesIn((await post(findItem(request))).text)[0]?.code, 'NoError', name);
    t.equal(requests.length - before, lists, `${name}: calls`);
  }
});

t.test('a page that is sorted here costs the scan once and then a batch for 20 messages', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  fill(inboxOf(simulator), MESSAGES);
  await post(findItem({ view: page(1) }));
  const { requests } = simulator.graph;
  const sort = [{ field: 'item:Subject', descending: false }];
  const wire = async (offset: number): Promise<number> => {
    const before = requests.length;
    await post(findItem({ view: page(40, offset), sort }));
    return requests.slice(before).filter(({ isBatchStep }) => !isBatchStep).length;
  };
  t.ok((await wire(0)) <= 3);
  t.ok((await wire(40)) <= 2, 'the list is remembered');
});

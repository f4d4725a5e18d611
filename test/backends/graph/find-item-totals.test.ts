import t from 'tap';
import { startStack } from '../../support/stack.ts';
import { fill, findItem, inboxOf, pagesIn, type SeededMessage } from './find-item-requests.ts';

/** The newest ten are scans; one in three was read. */
const MESSAGES = Array.from({ length: 700 }, (_, index): SeededMessage => ({
  subject: index < 690 ? 'Letter' : 'Scan',
  received: index,
  isRead: index % 3 === 0,
  importance: index < 5 ? 'high' : 'normal',
  categories: ['Red'],
  length: 1,
}));
const view = (count: number, offset: number, base = 'Beginning'): string =>
  `<m:IndexedPageItemView MaxEntriesReturned="${count}" Offset="${offset}" BasePoint="${base}"/>`;
const compare = (operator: string, uri: string, value: string): string =>
  `<t:${operator}><t:FieldURI FieldURI="${uri}"/><t:FieldURIOrConstant><t:Constant Value="${value}"/>` +
  `</t:FieldURIOrConstant></t:${operator}>`;
const SCANS =
  '<t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase"><t:FieldURI FieldURI="item:Subject"/>' +
  '<t:Constant Value="scan"/></t:Contains>';

t.test("the folder's counters tell the total of all, read and unread messages", async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  fill(inboxOf(simulator), MESSAGES);
  const read = MESSAGES.filter(({ isRead }) => isRead).length;
  await post(findItem({ view: view(1, 0) }));
  for (const [restriction, total] of [
    [undefined, MESSAGES.length],
    [compare('IsEqualTo', 'message:IsRead', 'true'), read],
    [compare('IsEqualTo', 'message:IsRead', '0'), MESSAGES.length - read],
    [compare('IsNotEqualTo', 'message:IsRead', 'true'), MESSAGES.length - read],
    [`<t:Not>${compare('IsEqualTo', 'message:IsRead', 'false')}</t:Not>`, read],
  ] as const)
    for (const base of ['Beginning', 'End']) {
      const before = simulator.graph.requests.length;
      const more = restriction === undefined ? {} : { restriction };
      const [page] = pagesIn((await post(findItem({ view: view(20, 0, base), ...more }))).text);
      t.same([page?.total, page?.includesLast], [total, false], restriction ?? 'all');
      t.equal(simulator.graph.requests.length - before, 1, 'one call: the counters are remembered');
    }
});

t.test('of another restriction it is what is known until the last page, and the loop ends', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  fill(inboxOf(simulator), MESSAGES);
  await post(findItem({ view: view(1, 0) }));
  const seen: (readonly [total: number | undefined, rows: number | undefined, last: boolean | undefined])[] = [];
  for (let offset = 0, ended = false; !ended;) {
    const before = simulator.graph.requests.length;
    const [page] = pagesIn((await post(findItem({ view: view(5, offset), restriction: SCANS }))).text);
    t.ok(simulator.graph.requests.length - before <= 4, 'a bounded number of calls');
    seen.push([page?.total, page?.ids.length, page?.includesLast]);
    offset = Number(page?.offset);
    ended = page?.includesLast !== false;
  }
  t.same(seen, [
    // All ten lie within the first page of rows.
    [10, 5, false],
    // The rest of the folder would have to be read to know that there are no more.
    [11, 5, false],
    [10, 0, true],
  ]);
});

t.test('what ends within three pages of rows has the exact total, and says that it ends', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  fill(inboxOf(simulator), MESSAGES.slice(-350));
  const [page] = pagesIn((await post(findItem({ view: view(10, 0), restriction: SCANS }))).text);
  t.same([page?.total, page?.ids.length, page?.includesLast], [10, 10, true]);
});

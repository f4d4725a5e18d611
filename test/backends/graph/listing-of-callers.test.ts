import t from 'tap';
import { ListingCache } from '../../../src/backends/graph/listing/listing-cache.ts';
import { basic, BOB, send, startStack } from '../../support/stack.ts';
import { fill, findItem, inboxOf, pagesIn, type SeededMessage } from './find-item-requests.ts';

const message = (received: number): SeededMessage => ({
  subject: `Scan ${received}`,
  received,
  isRead: false,
  importance: 'normal',
  categories: ['Red'],
  length: 1,
});
const MESSAGES = Array.from({ length: 6 }, (_, index) => message(index));
const view = (offset: number): string =>
  `<m:IndexedPageItemView MaxEntriesReturned="2" Offset="${offset}" BasePoint="Beginning"/>`;
const BY_SUBJECT = [{ field: 'item:Subject', descending: false }];

t.test('a listing is of one caller: another one sees the live view of the same folder', async (t) => {
  const { post, url, simulator } = await startStack(t, { backend: 'graph', alice: `    mailbox: ${BOB}` });
  const bobs = simulator.exchange.mailboxes.find(({ address }) => address === BOB);
  if (bobs === undefined) throw new Error('no mailbox');
  fill(bobs, MESSAGES);
  t.same(pagesIn((await post(findItem({ view: view(0) }))).text)[0]?.ids, ['5', '4']);
  for (const { id } of bobs.items.list(bobs.folders.resolve('inbox').id).slice(0, 2)) bobs.move(id, 'drafts');
  const live = await send(url, findItem({ view: view(2) }), { authorization: basic(BOB) });
  t.same(pagesIn(live.text)[0]?.ids, ['1', '0']);
  t.same(pagesIn((await post(findItem({ view: view(2) }))).text)[0]?.ids, ['3', '2']);
});

t.test('messages that do not fit any more are left out of the pages that wait', async (t) => {
  const { post, simulator } = await startStack(t, { backend: 'graph' });
  const inbox = inboxOf(simulator);
  fill(inbox, MESSAGES);
  const restriction =
    '<t:IsEqualTo><t:FieldURI FieldURI="message:IsRead"/><t:FieldURIOrConstant><t:Constant Value="false"/>' +
    '</t:FieldURIOrConstant></t:IsEqualTo>';
  const page = async (offset: number): Promise<readonly string[] | undefined> =>
    pagesIn((await post(findItem({ restriction, sort: BY_SUBJECT, view: view(offset) }))).text)[0]?.ids;
  t.same(await page(0), ['0', '1']);
  const items = inbox.items.list(inbox.folders.resolve('inbox').id);
  const third = items.find(({ internetMessageId }) => internetMessageId === '<2@fabrikam.test>');
  inbox.update(third?.id ?? '', { isRead: true });
  t.same(await page(2), ['3'], 'the third was read meanwhile');
  t.same(await page(4), ['4', '5']);
});

t.test('listings are bounded: the oldest give way', (t) => {
  const cache = new ListingCache();
  const waiting = Array.from({ length: 300_000 }, () => 'id');
  for (const name of ['a', 'b', 'c', 'd']) cache.set(name, { nextOffset: 1, waiting, position: undefined });
  t.equal(cache.at('a', 1), undefined);
  t.equal(cache.at('d', 1)?.waiting.length, 300_000);
  t.end();
});

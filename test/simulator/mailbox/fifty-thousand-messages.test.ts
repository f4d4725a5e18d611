import t from 'tap';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import type { Item } from '../../../src/simulator/mailbox/types.ts';

const SENT = Date.UTC(2026, 0, 1);

/** Messages a second apart, delivered in an order that is not theirs. */
async function mailboxWith(count: number): Promise<{ readonly mailbox: Mailbox; readonly items: readonly Item[] }> {
  const mailbox = new Mailbox('alice@contoso.test', { changesKept: 1000 });
  const items: Item[] = [];
  for (let index = 0; index < count; index++) {
    const place = (index * 7919) % count;
    const date = new Date(SENT + place * 1000).toUTCString();
    const mime = `From: bob@x.test\r\nMessage-ID: <${place}@x.test>\r\nDate: ${date}\r\nSubject: ${place}\r\n\r\ntext`;
    items.push(await mailbox.deliver(Buffer.from(mime)));
  }
  return { mailbox, items };
}

t.test('50,000 messages: nothing that a client asks for scans them', async (t) => {
  const { mailbox, items } = await mailboxWith(50_000);
  const inbox = mailbox.folders.resolve('inbox').id;
  const [first, second] = items as readonly [Item, Item];
  const visits = (operation: () => unknown): number => {
    const before = mailbox.items.visited;
    operation();
    return mailbox.items.visited - before;
  };
  let page: readonly Item[] = [];
  t.equal(
    visits(() => (page = mailbox.items.page(inbox, 20_000, 50))),
    50,
    'a page looks at its own entries',
  );
  t.same(
    page.map(({ subject }) => subject),
    Array.from({ length: 50 }, (_, index) => String(50_000 - 20_000 - 1 - index)),
  );
  t.equal(
    visits(() => mailbox.item(items[30_000]?.id ?? '')),
    0,
  );
  t.equal(
    visits(() => mailbox.items.withInternetMessageId('<777@x.test>')),
    0,
  );
  t.equal(mailbox.items.withInternetMessageId('<777@x.test>')[0]?.subject, '777');
  t.equal(mailbox.items.withSearchKey(first.searchKey)[0]?.id, first.id);
  t.equal(
    visits(() => mailbox.counts('inbox')),
    0,
  );
  t.match(mailbox.counts('inbox'), { total: 50_000, unread: 50_000 });
  // Two lists with a binary search each: log2(50,000) is below 16.
  t.ok(visits(() => mailbox.update(second.id, { isRead: true })) <= 4 * 16, 'a change');
  t.ok(visits(() => mailbox.move(first.id, 'notes')) <= 4 * 16, 'a move');
  t.ok(
    visits(() => (page = mailbox.items.arrivedAfter(inbox, items[40_000]?.arrivedAt ?? 0, 100))) <= 116,
    'what came after a position',
  );
  t.same(
    page.map(({ id }) => id),
    items.slice(40_001, 40_101).map(({ id }) => id),
  );
  t.match(mailbox.counts('inbox'), { total: 49_999, unread: 49_998 });
  t.match(mailbox.counts('notes'), { total: 1, unread: 1 });
  t.ok(mailbox.changes.size <= 2000, 'the change log is bounded');
  t.equal(mailbox.changes.head, 100_002);
});

import t from 'tap';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import type { Item } from '../../../src/simulator/mailbox/types.ts';
import { THOROUGH } from '../../support/effort.ts';

/** 50,000, or few enough that delivering them takes no time. */
const COUNT = THOROUGH ? 50_000 : 5_000;
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

t.test(`${COUNT} messages: nothing that a client asks for scans them`, async (t) => {
  const { mailbox, items } = await mailboxWith(COUNT);
  const inbox = mailbox.folders.resolve('inbox').id;
  const [first, second] = items as readonly [Item, Item];
  const visits = (operation: () => unknown): number => {
    const before = mailbox.items.visited;
    operation();
    return mailbox.items.visited - before;
  };
  let page: readonly Item[] = [];
  t.equal(
    visits(() => (page = mailbox.items.page(inbox, 0.4 * COUNT, 50))),
    50,
    'a page looks at its own entries',
  );
  t.same(
    page.map(({ subject }) => subject),
    Array.from({ length: 50 }, (_, index) => String(0.6 * COUNT - 1 - index)),
  );
  t.equal(
    visits(() => mailbox.item(items[0.6 * COUNT]?.id ?? '')),
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
  t.match(mailbox.counts('inbox'), { total: COUNT, unread: COUNT });
  // Two lists with a binary search each: log2(50,000) is below 16.
  t.ok(visits(() => mailbox.update(second.id, { isRead: true })) <= 4 * 16, 'a change');
  t.ok(visits(() => mailbox.move(first.id, 'notes')) <= 4 * 16, 'a move');
  t.ok(
    visits(() => (page = mailbox.items.arrivedAfter(inbox, items[0.8 * COUNT]?.arrivedAt ?? 0, 100))) <= 116,
    'what came after a position',
  );
  t.same(
    page.map(({ id }) => id),
    items.slice(0.8 * COUNT + 1, 0.8 * COUNT + 101).map(({ id }) => id),
  );
  t.match(mailbox.counts('inbox'), { total: COUNT - 1, unread: COUNT - 2 });
  t.match(mailbox.counts('notes'), { total: 1, unread: 1 });
  t.ok(mailbox.changes.size <= 2000, 'the change log is bounded');
  t.equal(mailbox.changes.head, 2 * COUNT + 2);
});

import t from 'tap';
import { parseId, writeId } from '../../../src/ews/ids/item-id.ts';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { recipient } from '../../../src/simulator/mailbox/message.ts';

const ALICE = 'alice@contoso.test';

function withItem(options: ConstructorParameters<typeof Mailbox>[1] = {}) {
  const mailbox = new Mailbox(ALICE, options);
  return { mailbox, item: mailbox.add({ subject: 'One', bodyText: 'text' }, 'inbox') };
}

t.test('an id names mailbox, folder and item, and is found in both forms', async (t) => {
  const { mailbox, item } = withItem();
  const parsed = parseId(item.id);
  if (parsed?.kind !== 'item') return t.fail('no item id');
  t.equal(parsed.mailbox, mailbox.guid);
  t.same(parsed.folder, mailbox.folders.resolve('inbox').key);
  t.equal(mailbox.item(writeId(parsed, 'plain')), item);
  t.equal(mailbox.item(writeId(parsed, 'compressed')), item);
  t.equal(parseId(item.conversationId)?.kind, 'conversation');
  t.equal(parseId(mailbox.ids.immutable(item.searchKey))?.kind, 'immutable');
  t.throws(() => mailbox.item(item.folderId), { code: 'itemNotFound' });
  const again = new Mailbox(ALICE);
  t.equal(again.folders.resolve('inbox').id, item.folderId, "a well-known folder's id outlives a restart");
  t.not(again.add({ subject: 'One' }, 'inbox').id, item.id, "an item's does not");
});

t.test('a move gives a new id, a copy another item; the search key stays', async (t) => {
  const { mailbox, item } = withItem();
  const copy = mailbox.copy(item.id, 'drafts');
  const moved = mailbox.move(item.id, 'sentitems');
  t.equal(new Set([item.id, copy.id, moved.id]).size, 3);
  t.throws(() => mailbox.item(item.id), { code: 'itemNotFound' });
  t.same([copy.searchKey, moved.searchKey], [item.searchKey, item.searchKey]);
  t.same(new Set(mailbox.items.withSearchKey(item.searchKey).map(({ id }) => id)), new Set([copy.id, moved.id]));
  t.not(moved.changeKey, item.changeKey);
  t.not(mailbox.ids.immutable(item.searchKey), mailbox.ids.immutable(mailbox.add({}, 'inbox').searchKey));
  const parsed = parseId(moved.id);
  t.same(parsed?.kind === 'item' && parsed.folder, mailbox.folders.resolve('sentitems').key);
  t.throws(() => mailbox.move(moved.id, 'nowhere'), { code: 'folderNotFound' });
  t.match(
    ['inbox', 'drafts', 'sentitems'].map((name) => mailbox.counts(name).total),
    [1, 1, 1],
  );
});

t.test('article numbers grow in each folder', async (t) => {
  const { mailbox, item } = withItem();
  const second = mailbox.add({}, 'inbox');
  t.same([item.articleNumber, second.articleNumber], [1, 2]);
  t.equal(mailbox.move(item.id, 'drafts').articleNumber, 1);
  t.equal(mailbox.copy(second.id, 'inbox').articleNumber, 3, 'one is never used again');
});

t.test('a change makes another object with another change key', async (t) => {
  const { mailbox, item } = withItem();
  const changed = mailbox.update(item.id, { subject: 'Re: Two', categories: ['Done'] }, item.changeKey);
  t.match(changed, { subject: 'Re: Two', conversationTopic: 'Two', categories: ['Done'], isUnmodified: false });
  t.same([item.subject, item.categories], ['One', []], 'what was given out stays');
  t.not(changed.changeKey, item.changeKey);
  t.throws(() => mailbox.update(item.id, { subject: 'Three' }, item.changeKey), { code: 'changeKeyConflict' });
  t.equal(mailbox.item(item.id), changed);
  const later = mailbox.update(item.id, { receivedAt: new Date(Date.now() + 60_000) });
  mailbox.add({}, 'inbox');
  t.equal(mailbox.items.page(item.folderId, 0, 1)[0], later, 'the list is kept in order of receipt');
});

t.test('the read flag changes the count, but not the time of modification', async (t) => {
  const { mailbox, item } = withItem();
  t.equal(mailbox.counts('inbox').unread, 1);
  const read = mailbox.update(item.id, { isRead: true });
  t.equal(read.modifiedAt, item.modifiedAt);
  t.not(read.changeKey, item.changeKey);
  t.equal(mailbox.counts('inbox').unread, 0);
  mailbox.update(item.id, { isRead: true });
  t.equal(mailbox.counts('inbox').unread, 0, 'counted once');
  mailbox.move(item.id, 'drafts');
  t.same([mailbox.counts('inbox').total, mailbox.counts('drafts').unread], [0, 0]);
});

t.test('three ways to delete', async (t) => {
  const { mailbox, item } = withItem();
  const deleted = mailbox.delete(item.id, 'moveToDeletedItems');
  t.equal(deleted?.folderId, mailbox.folders.resolve('deleteditems').id);
  const recoverable = mailbox.delete(deleted?.id ?? '', 'moveToDeletedItems');
  t.equal(recoverable?.folderId, mailbox.folders.resolve('recoverableitemsdeletions').id);
  t.equal(mailbox.delete(recoverable?.id ?? '', 'soft'), undefined);
  t.equal(mailbox.items.size, 0);
  const other = mailbox.add({}, 'inbox');
  t.equal(mailbox.delete(other.id, 'hard'), undefined);
  t.throws(() => mailbox.delete(other.id, 'hard'), { code: 'itemNotFound' });
  t.same([mailbox.items.size, mailbox.items.bytes, mailbox.counts('inbox').size], [0, 0, 0]);
});

t.test('a full mailbox takes no more', async (t) => {
  const { mailbox, item } = withItem({ quota: 2000 });
  t.throws(() => mailbox.add({}, 'inbox'), { code: 'quotaExceeded' });
  t.throws(() => mailbox.copy(item.id, 'inbox'), { code: 'quotaExceeded' });
  await t.rejects(mailbox.deliver({ to: [recipient(ALICE)], bodyText: 'x'.repeat(2000) }), { code: 'quotaExceeded' });
  t.equal(mailbox.items.size, 1);
  mailbox.delete(item.id, 'hard');
  t.ok(mailbox.add({}, 'inbox'));
});

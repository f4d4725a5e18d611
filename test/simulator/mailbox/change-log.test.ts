import t from 'tap';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';

t.test('each change is logged once, as what it is', async (t) => {
  const mailbox = new Mailbox('alice@contoso.test');
  const inbox = mailbox.folders.resolve('inbox').id;
  const start = mailbox.changes.head;
  t.equal(start, 0, 'well-known folders are no change');
  const item = await mailbox.deliver({ subject: 'One' });
  mailbox.update(item.id, { isRead: true });
  mailbox.update(item.id, { categories: ['Done'] });
  const copy = mailbox.copy(item.id, 'drafts');
  const moved = mailbox.move(item.id, 'notes');
  mailbox.delete(copy.id, 'hard');
  const folder = mailbox.createFolder('inbox', { displayName: 'New' });
  const changes = mailbox.changes.since(start) ?? [];
  t.match(changes, [
    { position: 1, kind: 'created', what: 'item', id: item.id, folderId: inbox, changeKey: item.changeKey },
    { position: 2, kind: 'newMail', id: item.id },
    { position: 3, kind: 'readFlagChanged', id: item.id, unread: 0 },
    { position: 4, kind: 'modified', id: item.id },
    { position: 5, kind: 'copied', id: copy.id, old: { id: item.id, folderId: inbox } },
    { position: 6, kind: 'moved', id: moved.id, folderId: moved.folderId, old: { id: item.id, folderId: inbox } },
    { position: 7, kind: 'deleted', id: copy.id, folderId: copy.folderId },
    { position: 8, kind: 'created', what: 'folder', id: folder.id, folderId: inbox },
  ]);
  t.equal(changes.length, 8);
  t.equal(item.arrivedAt, 1);
  t.equal(moved.arrivedAt, 6, 'an item knows when it came into its folder');
  t.same(
    mailbox.changes.since(6, 1)?.map(({ position }) => position),
    [7],
  );
});

t.test('old positions become stale, and so does one that never was', async (t) => {
  const mailbox = new Mailbox('alice@contoso.test', { changesKept: 10 });
  for (let index = 0; index < 100; index++) {
    mailbox.add({}, 'inbox');
    t.ok(mailbox.changes.size <= 20);
    t.ok(index < 9 || mailbox.changes.size >= 10);
  }
  t.equal(mailbox.changes.since(1), undefined);
  t.equal(mailbox.changes.since(101), undefined);
  t.equal(mailbox.changes.since(-1), undefined);
  t.equal(mailbox.changes.since(1.5), undefined);
  t.same(mailbox.changes.since(100), []);
  t.same(
    mailbox.changes.since(92)?.map(({ position }) => position),
    [93, 94, 95, 96, 97, 98, 99, 100],
  );
});

t.test('listeners hear of changes until they stop', async (t) => {
  const mailbox = new Mailbox('alice@contoso.test');
  let heard = 0;
  const stop = mailbox.changes.onChange(() => heard++);
  mailbox.add({}, 'inbox');
  stop();
  mailbox.add({}, 'inbox');
  t.equal(heard, 1);
});

import t from 'tap';
import { parseId } from '../../../src/ews/ids/item-id.ts';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';

function withFolders() {
  const mailbox = new Mailbox('alice@contoso.test');
  const outer = mailbox.createFolder('inbox', { displayName: 'Outer' });
  const inner = mailbox.createFolder(outer.id, { displayName: 'Inner', isHidden: true });
  return { mailbox, outer, inner };
}

t.test('folders are made, and no two of a parent have the same name', async (t) => {
  const { mailbox, outer, inner } = withFolders();
  t.match(parseId(outer.id), { kind: 'folder', mailbox: mailbox.guid, folder: outer.key });
  t.match(outer, { folderClass: 'IPF.Note', isHidden: false, isSearchFolder: false });
  t.throws(() => mailbox.createFolder('inbox', { displayName: 'OUTER' }), { code: 'folderExists' });
  t.throws(() => mailbox.createFolder('inbox', { displayName: ' ' }), { code: 'invalidFolderName' });
  t.throws(() => mailbox.createFolder('nowhere', { displayName: 'x' }), { code: 'folderNotFound' });
  t.match(mailbox.counts('inbox'), { childFolders: 1, hiddenChildFolders: 0 });
  t.match(mailbox.counts(outer.id), { childFolders: 1, hiddenChildFolders: 1 });
  t.same(
    mailbox.folders.descendants(outer.parentId ?? '').map(({ id }) => id),
    [outer.id, inner.id],
  );
});

t.test('a renamed folder keeps its id', async (t) => {
  const { mailbox, outer } = withFolders();
  const renamed = mailbox.renameFolder(outer.id, 'Other');
  t.match(renamed, { id: outer.id, displayName: 'Other' });
  t.not(renamed.changeKey, outer.changeKey);
  t.equal(mailbox.renameFolder(outer.id, 'OTHER').displayName, 'OTHER', 'only in case');
  mailbox.createFolder('inbox', { displayName: 'Outer' });
  t.throws(() => mailbox.renameFolder(outer.id, 'outer'), { code: 'folderExists' });
  t.throws(() => mailbox.updateFolder(outer.id, { displayName: 'x' }, outer.changeKey), { code: 'changeKeyConflict' });
  t.throws(() => mailbox.renameFolder('inbox', 'x'), { code: 'wellKnownFolder' });
});

t.test('a moved folder keeps its id and what it holds', async (t) => {
  const { mailbox, outer, inner } = withFolders();
  const item = mailbox.add({}, inner.id);
  t.equal(mailbox.moveFolder(outer.id, 'drafts').id, outer.id);
  t.match([mailbox.counts('inbox').childFolders, mailbox.counts('drafts').childFolders], [0, 1]);
  t.equal(mailbox.item(item.id).folderId, inner.id);
  t.throws(() => mailbox.moveFolder(outer.id, inner.id), { code: 'invalidMove' });
  t.throws(() => mailbox.moveFolder('drafts', 'inbox'), { code: 'wellKnownFolder' });
  mailbox.createFolder('inbox', { displayName: 'outer' });
  t.throws(() => mailbox.moveFolder(outer.id, 'inbox'), { code: 'folderExists' });
});

t.test('a copied folder is another one, all below it too', async (t) => {
  const { mailbox, outer, inner } = withFolders();
  const item = mailbox.add({ subject: 'deep' }, inner.id);
  const copy = mailbox.copyFolder(outer.id, 'drafts');
  const [innerCopy] = mailbox.folders.children(copy.id);
  t.equal(new Set([outer.id, inner.id, copy.id, innerCopy?.id]).size, 4);
  const [itemCopy] = mailbox.items.list(innerCopy?.id ?? '');
  t.equal(itemCopy?.searchKey, item.searchKey);
  t.not(itemCopy?.id, item.id);
  t.throws(() => mailbox.copyFolder(outer.id, inner.id), { code: 'invalidMove' });
});

t.test('folders are deleted in three ways', async (t) => {
  const { mailbox, outer, inner } = withFolders();
  mailbox.add({}, inner.id);
  t.throws(() => mailbox.deleteFolder('inbox', 'hard'), { code: 'wellKnownFolder' });
  const deleted = mailbox.folders.resolve('deleteditems').id;
  t.match(mailbox.deleteFolder(outer.id, 'moveToDeletedItems'), { id: outer.id, parentId: deleted });
  const second = mailbox.createFolder('inbox', { displayName: 'Outer' });
  t.equal(mailbox.deleteFolder(second.id, 'moveToDeletedItems')?.displayName, 'Outer1', 'the name was taken');
  t.equal(mailbox.deleteFolder(outer.id, 'moveToDeletedItems'), undefined);
  t.throws(() => mailbox.folders.resolve(inner.id), { code: 'folderNotFound' });
  t.equal(mailbox.counts('recoverableitemsdeletions').total, 1, 'its item can be recovered');
  mailbox.add({}, second.id);
  mailbox.deleteFolder(second.id, 'hard');
  t.equal(mailbox.items.size, 1, 'this one cannot');
  t.equal(mailbox.counts('deleteditems').childFolders, 0);
});

t.test('a folder is emptied, without or with those below it', async (t) => {
  const { mailbox, outer, inner } = withFolders();
  mailbox.add({}, outer.id);
  mailbox.add({}, inner.id);
  mailbox.emptyFolder(outer.id, 'moveToDeletedItems');
  t.match([mailbox.counts(outer.id).total, mailbox.counts(inner.id).total], [0, 1]);
  t.equal(mailbox.counts('deleteditems').total, 1);
  mailbox.emptyFolder(outer.id, 'hard', { withSubfolders: true });
  t.equal(mailbox.counts(outer.id).childFolders, 0);
  t.equal(mailbox.items.size, 1);
  mailbox.emptyFolder('msgfolderroot', 'hard', { withSubfolders: true });
  t.ok(mailbox.folders.wellKnown('inbox'), 'well-known folders stay');
});

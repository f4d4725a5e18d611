import t from 'tap';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { fileAttachment, recipient } from '../../../src/simulator/mailbox/message.ts';
import { Organization } from '../../../src/simulator/mailbox/organization.ts';

function contoso() {
  const alice = new Mailbox('alice@contoso.test', { displayName: 'Alice' });
  const bob = new Mailbox('bob@contoso.test', { aliases: ['Info@contoso.test'] });
  const carol = new Mailbox('carol@contoso.test');
  return { alice, bob, carol, organization: new Organization([alice, bob, carol]) };
}

const MESSAGE = {
  subject: 'Hello',
  bodyText: 'text',
  to: [recipient('Bob@contoso.test', 'Bob')],
  cc: [recipient('someone@fabrikam.test')],
  bcc: [recipient('carol@contoso.test', 'Carol')],
};

t.test("Bcc stands in the sender's copy alone", async (t) => {
  const { alice, bob, carol, organization } = contoso();
  const { copy, delivered, undelivered } = await organization.send(alice, MESSAGE);
  t.match(copy, { isRead: true, isDraft: false, folderId: alice.folders.resolve('sentitems').id });
  t.match(copy?.bcc, MESSAGE.bcc);
  t.match((await alice.mimeOf(copy?.id ?? '')).toString(), /^Bcc: .*carol@contoso\.test/im);
  t.same(
    delivered.map(({ mailbox }) => mailbox.address),
    [bob.address, carol.address],
  );
  t.same(undelivered, ['someone@fabrikam.test']);
  for (const { mailbox, item } of delivered) {
    t.match(item, { folderId: mailbox.folders.resolve('inbox').id, isRead: false, isDraft: false });
    t.match(item, { from: { name: 'Alice', address: alice.address }, internetMessageId: copy?.internetMessageId });
    t.same([item.bcc, item.cc.map(({ address }) => address)], [[], ['someone@fabrikam.test']]);
    t.notMatch((await mailbox.mimeOf(item.id)).toString(), /carol/i);
    t.ok(mailbox.changes.since(0)?.some(({ kind, id }) => kind === 'newMail' && id === item.id));
  }
});

t.test('MIME is sent as it is but for Bcc', async (t) => {
  const { alice, bob, organization } = contoso();
  const head = 'From: alice@contoso.test\r\nTo: info@contoso.test, bob@contoso.test\r\n';
  const rest = 'Message-ID: <1@contoso.test>\r\nX-Mine: 1\r\n\r\ntext';
  const mime = Buffer.from(`${head}Bcc: carol@contoso.test\r\n${rest}`);
  const { copy, delivered } = await organization.send(alice, mime, { saveTo: 'notes' });
  t.equal(copy?.folderId, alice.folders.resolve('notes').id);
  t.same(await alice.mimeOf(copy?.id ?? ''), mime);
  t.equal(delivered.length, 2, 'two addresses of one mailbox are one delivery');
  t.equal(bob.counts('inbox').total, 1);
  t.equal((await bob.mimeOf(delivered[0]?.item.id ?? '')).toString(), head + rest);
  t.equal((await organization.send(alice, mime, { saveTo: null })).copy, undefined);
  t.equal(alice.items.size, 1);
});

t.test('a draft becomes the copy, under a new id', async (t) => {
  const { alice, bob, organization } = contoso();
  const draft = alice.add(MESSAGE, 'drafts', { isDraft: true });
  alice.addAttachments(draft.id, [fileAttachment('a.pdf', 'application/pdf', Buffer.from('%PDF'))]);
  await t.rejects(organization.sendDraft(alice, draft.id, { changeKey: draft.changeKey }), {
    code: 'changeKeyConflict',
  });
  t.equal(bob.items.size, 0);
  const { copy, delivered } = await organization.sendDraft(alice, draft.id);
  t.throws(() => alice.item(draft.id), { code: 'itemNotFound' });
  t.match(copy, { isDraft: false, folderId: alice.folders.resolve('sentitems').id, searchKey: draft.searchKey });
  t.match(delivered[0]?.item.attachments, [{ name: 'a.pdf' }]);
  await t.rejects(organization.sendDraft(alice, copy?.id ?? ''), { code: 'messageIsNoDraft' });
  const second = alice.add(MESSAGE, 'drafts', { isDraft: true });
  t.equal((await organization.sendDraft(alice, second.id, { saveTo: null })).copy, undefined);
  t.equal(alice.items.size, 1);
});

t.test('nothing is sent to nobody, and nothing is kept of it', async (t) => {
  const { alice, organization } = contoso();
  await t.rejects(organization.send(alice, { subject: 'x' }), { code: 'invalidRecipients' });
  await t.rejects(organization.send(alice, MESSAGE, { saveTo: 'nowhere' }), { code: 'folderNotFound' });
  t.equal(alice.items.size, 0);
});

t.test('a full mailbox gets nothing, the others do', async (t) => {
  const { alice, carol, organization } = contoso();
  organization.add(new Mailbox('full@contoso.test', { quota: 10 }));
  const to = [recipient('full@contoso.test'), recipient('carol@contoso.test')];
  const { undelivered } = await organization.send(alice, { ...MESSAGE, to, cc: [], bcc: [] });
  t.same(undelivered, ['full@contoso.test']);
  t.equal(carol.items.size, 1);
});

t.test('mailboxes are found by any address and by GUID', async (t) => {
  const { bob, organization } = contoso();
  t.equal(organization.find('INFO@contoso.test'), bob);
  t.equal(organization.byGuid(bob.guid.toUpperCase()), bob);
  t.equal(organization.find('nobody@contoso.test'), undefined);
  t.match(bob.guid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

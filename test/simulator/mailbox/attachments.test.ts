import t from 'tap';
import { parseId, writeId } from '../../../src/ews/ids/item-id.ts';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { fileAttachment, newMessage } from '../../../src/simulator/mailbox/message.ts';
import type { Attachment } from '../../../src/simulator/mailbox/types.ts';

const PDF = fileAttachment('a.pdf', 'application/pdf', Buffer.from('%PDF'));
const INNER = newMessage({ subject: 'Inner', attachments: [PDF] });
const NESTED = {
  kind: 'item',
  name: 'Inner',
  contentType: 'message/rfc822',
  contentId: undefined,
  contentLocation: undefined,
  isInline: false,
  item: INNER,
} as const;

function nestedOf(attachment: Attachment | undefined): Attachment {
  const nested = attachment?.kind === 'item' ? attachment.item.attachments[0] : undefined;
  if (nested === undefined) throw new Error('nothing nested');
  return nested;
}

t.test('an attachment id holds the id of its item and a level for each message', async (t) => {
  const mailbox = new Mailbox('alice@contoso.test');
  const item = mailbox.add({ attachments: [PDF, NESTED] }, 'inbox');
  const [file, outer] = item.attachments;
  const inner = nestedOf(outer);
  for (const [attachment, levels] of [
    [file, 1],
    [outer, 1],
    [inner, 2],
  ] as const) {
    const parsed = parseId(attachment?.id ?? '');
    if (parsed?.kind !== 'attachment') return t.fail('no attachment id');
    t.equal(writeId(parsed.item), item.id);
    t.equal(parsed.levels.length, levels);
    t.equal(parsed.levels[0]?.length, 36, '18 bytes');
    t.equal(mailbox.attachment(writeId(parsed, 'plain')).attachment, attachment, 'found in any form');
  }
  t.equal(inner.kind === 'file' && inner.content.toString(), '%PDF');
  t.throws(() => mailbox.attachment(item.id), { code: 'attachmentNotFound' });
  t.throws(() => mailbox.attachment('AAMk'), { code: 'attachmentNotFound' });
});

t.test('a move changes the ids of attachments, nested ones too', async (t) => {
  const mailbox = new Mailbox('alice@contoso.test');
  const item = mailbox.add({ attachments: [NESTED] }, 'inbox');
  const moved = mailbox.move(item.id, 'notes');
  const [before, after] = [nestedOf(item.attachments[0]), nestedOf(moved.attachments[0])];
  t.not(after.id, before.id);
  t.equal(mailbox.attachment(after.id).attachment, after);
  t.throws(() => mailbox.attachment(before.id), { code: 'attachmentNotFound' });
});

t.test('attachments are added and removed', async (t) => {
  const mailbox = new Mailbox('alice@contoso.test', { quota: 10_000 });
  const draft = mailbox.add({ attachments: [NESTED] }, 'drafts', { isDraft: true });
  const { item, attachments } = mailbox.addAttachments(draft.id, [PDF], draft.changeKey);
  t.not(item.changeKey, draft.changeKey);
  t.ok(item.size > draft.size);
  t.throws(() => mailbox.addAttachments(draft.id, [PDF], draft.changeKey), { code: 'changeKeyConflict' });
  const large = fileAttachment('b', 'application/pdf', Buffer.alloc(10_000));
  t.throws(() => mailbox.addAttachments(draft.id, [large]), { code: 'quotaExceeded' });
  t.throws(() => mailbox.removeAttachment(nestedOf(item.attachments[0]).id), { code: 'attachmentNotFound' });
  t.same(
    mailbox.removeAttachment(attachments[0]?.id ?? '').attachments.map(({ name }) => name),
    ['Inner'],
  );
  t.throws(() => mailbox.removeAttachment(attachments[0]?.id ?? ''), { code: 'attachmentNotFound' });
});

t.test('inline attachments and links', async (t) => {
  const mailbox = new Mailbox('alice@contoso.test');
  const link = { ...PDF, kind: 'reference', url: 'https://example.test/a.pdf' } as const;
  const item = mailbox.add({ attachments: [link] }, 'inbox');
  t.match(item.attachments, [{ kind: 'reference', url: 'https://example.test/a.pdf' }]);
});

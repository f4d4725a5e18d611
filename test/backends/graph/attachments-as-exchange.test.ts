import { randomBytes } from 'node:crypto';
import t from 'tap';
import { fileAttachment } from '../../../src/simulator/mailbox/message.ts';
import { linesOf, startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail } from '../../support/stack.ts';

const getAttachment = (ids: readonly string[]): string =>
  envelope(
    `<m:GetAttachment><m:AttachmentIds>${ids.map((id) => `<t:AttachmentId Id="${id}"/>`).join('')}` +
      '</m:AttachmentIds></m:GetAttachment>',
  );

t.test('files come whole and in their order, whatever their size and name', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const contents = [0, 1, 2, 65_535, 65_536, 3_000_001].map((size) => randomBytes(size));
  const { attachments } = await mailbox.deliver({
    ...mail('files'),
    attachments: contents.map((content, index) =>
      fileAttachment(`Ünïcode & <${index}>.bin`, 'application/octet-stream', content),
    ),
  });
  const request = getAttachment(attachments.map(({ id }) => id));
  const [direct, through] = [await ews(request), await graph.post(request)];
  const found = [...through.text.matchAll(/<t:Content(?:\/>|>([^<]*)<)/g)].map(([, text]) =>
    Buffer.from(text ?? '', 'base64'),
  );
  t.equal(found.length, contents.length);
  for (const [index, content] of contents.entries())
    t.ok(found[index]?.equals(content), `${content.length} bytes come as they are`);
  const without = (text: string): string[] =>
    linesOf(text.replaceAll(/<t:Content>[^<]*<\/t:Content>/g, '').replaceAll(/<t:Size>\d+<\/t:Size>/g, ''));
  t.same(without(through.text), without(direct.text));
});

t.test('an inline image says so, in the list and with its content', async (t) => {
  const { graph, mailbox } = await startDifferential(t);
  const { id, attachments } = await mailbox.deliver({
    ...mail('inline'),
    bodyText: undefined,
    bodyHtml: '<img src="cid:logo@fabrikam">',
    attachments: [
      fileAttachment('logo.png', 'image/png', Buffer.from('png'), { contentId: 'logo@fabrikam', isInline: true }),
    ],
  });
  const list = await graph.post(
    envelope(
      '<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>' +
        `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
    ),
  );
  const content = await graph.post(getAttachment(attachments.map((one) => one.id)));
  for (const { text } of [list, content]) {
    t.match(text, /<t:ContentId>logo@fabrikam<\/t:ContentId>/);
    t.match(text, /<t:IsInline>true<\/t:IsInline>/);
  }
  t.match(content.text, `<t:Content>${Buffer.from('png').toString('base64')}</t:Content>`);
});

t.test('an attachment that is gone, and an id that is none, are the errors of their parts', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const file = (): ReturnType<typeof fileAttachment> => fileAttachment('a.txt', 'text/plain', Buffer.from('a'));
  const stays = await mailbox.deliver({ ...mail('stays'), attachments: [file()] });
  const goes = await mailbox.deliver({ ...mail('goes'), attachments: [file()] });
  mailbox.delete(goes.id, 'hard');
  const request = getAttachment([goes.attachments[0]?.id ?? '', 'rubbish', stays.id, stays.attachments[0]?.id ?? '']);
  const codes = (text: string): string[] => [...text.matchAll(/<m:ResponseCode>(\w+)/g)].map(([, code = '']) => code);
  const through = codes((await graph.post(request)).text);
  t.equal(through.length, 4);
  t.same(through, codes((await ews(request)).text));
});

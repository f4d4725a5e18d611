import t from 'tap';
import { codesOf, startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';

t.test('MIME that is as it was read changes nothing, and other MIME is refused', async (t) => {
  const { graph, mailbox } = await startDifferential(t);
  const draft = mailbox.add({ subject: 'before', bodyText: 'text' }, 'drafts', { isDraft: true });
  const shape =
    '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape>';
  const ids = `<m:ItemIds><t:ItemId Id="${draft.id}"/></m:ItemIds>`;
  const read = (await graph.post(envelope(`<m:GetItem>${shape}${ids}</m:GetItem>`))).text;
  const mime = /<t:MimeContent[^>]*>([^<]+)</.exec(read)?.[1] ?? '';
  const set = (uri: string, value: string): string =>
    `<t:SetItemField><t:FieldURI FieldURI="${uri}"/><t:Message>${value}</t:Message></t:SetItemField>`;
  const save = async (subject: string, content: string): Promise<string[]> => {
    const updates =
      set('item:MimeContent', `<t:MimeContent>${content}</t:MimeContent>`) +
      set('item:Subject', `<t:Subject>${subject}</t:Subject>`);
    const change = `<t:ItemChange><t:ItemId Id="${draft.id}"/><t:Updates>${updates}</t:Updates></t:ItemChange>`;
    const answer = await graph.post(
      envelope(
        `<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>${change}` +
          '</m:ItemChanges></m:UpdateItem>',
      ),
    );
    return codesOf(answer.text);
  };
  t.same(await save('after', mime), ['NoError']);
  t.equal(mailbox.item(draft.id).subject, 'after');
  t.same(await save('later', Buffer.from('Subject: another\r\n\r\ntext').toString('base64')), [
    'ErrorInvalidPropertySet',
  ]);
  t.equal(mailbox.item(draft.id).subject, 'after', 'nothing was changed');
});

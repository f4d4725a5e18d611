import t from 'tap';
import { fileAttachment, newMessage, recipient } from '../../../src/simulator/mailbox/message.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack } from '../../support/stack.ts';

t.test('an attached message is read like any other, and its attachments too', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const item = newMessage({
    subject: 'Inner',
    bodyText: 'inner text',
    from: recipient('inner@fabrikam.test'),
    // More than are counted by one digit.
    attachments: Array.from({ length: 20 }, (_, index) =>
      fileAttachment(`deep-${index}.txt`, 'text/plain', Buffer.from(`deep ${index}`)),
    ),
  });
  const part = { name: 'Inner', contentType: 'message/rfc822', contentId: undefined, contentLocation: undefined };
  const { attachments } = await mailboxOf(stack).deliver({
    ...mail('outer'),
    attachments: [{ kind: 'item', ...part, isInline: false, item }],
  });
  const get = async (id: string): Promise<string> => {
    const ids = `<m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds>`;
    return (await stack.post(envelope(`<m:GetAttachment>${ids}</m:GetAttachment>`))).text;
  };
  const text = await get(attachments[0]?.id ?? '');
  t.same(codesOf(text), ['NoError']);
  t.match(text, /<t:Subject>Inner</);
  t.match(text, /<t:ResponseObjects\/>/, 'nobody can reply to what has no id');
  t.notMatch(text, /<t:InstanceKey>|<t:ItemId /);
  for (const index of [0, 9, 19]) {
    const deep = new RegExp(`AttachmentId Id="([^"]*)"/><t:Name>deep-${index}\\.txt`).exec(text)?.[1] ?? '';
    t.match(await get(deep), `<t:Content>${Buffer.from(`deep ${index}`).toString('base64')}<`);
  }
});

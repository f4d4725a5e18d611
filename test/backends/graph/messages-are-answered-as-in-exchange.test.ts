import t from 'tap';
import type { Item } from '../../../src/simulator/mailbox/types.ts';
import { recipient } from '../../../src/simulator/mailbox/message.ts';
import { codesOf, linesOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE, BOB } from '../../support/stack.ts';
import { bobOf, createItem, into, itemsIn, startSending, to } from './sending.ts';

const FOLDERS = ['drafts', 'inbox', 'sentitems', 'deleteditems'];

const answer = (kind: string, id: string, more: string): string =>
  `<t:${kind}>${more}<t:ReferenceItemId Id="${id}"/><t:NewBodyContent BodyType="HTML">&lt;b&gt;Yes&lt;/b&gt;` +
  `</t:NewBodyContent></t:${kind}>`;

/** The new text stands before the quoted one; how the quotation looks is each service's own. */
function told({ subject, to: people, cc, bcc, isDraft, inReplyTo, references, attachments, ...item }: Item): object {
  const html = item.bodyHtml ?? '';
  const [said, quoted] = [html.indexOf('<b>Yes</b>'), html.indexOf('quoted text')];
  return {
    subject,
    people: [people, cc, bcc].map((list) => list.map(({ address }) => address)),
    thread: [isDraft, inReplyTo, references],
    files: attachments.map(({ name }) => name),
    text: said !== -1 && said < quoted,
  };
}

t.test('replies and forwards are drafted and sent as by Exchange', async (t) => {
  const both = await startSending(t);
  const { mailbox } = both;
  const bob = bobOf(both);
  const original = await mailbox.deliver({
    from: recipient(BOB, 'Bob'),
    to: [recipient(ALICE), recipient('third@fabrikam.test')],
    cc: [recipient('fourth@fabrikam.test')],
    subject: 'Question',
    bodyHtml: '<p>quoted text</p>',
    internetMessageId: '<question@contoso.test>',
    attachments: [
      {
        kind: 'file',
        name: 'a.txt',
        contentType: 'text/plain',
        contentId: undefined,
        contentLocation: undefined,
        isInline: false,
        content: Buffer.from('x'),
      },
    ],
  });
  const draft = mailbox.add({ subject: 'draft' }, 'drafts', { isDraft: true });
  const toBob = `<t:ToRecipients>${to(BOB)}</t:ToRecipients>`;
  const requests: readonly (readonly [name: string, request: string])[] = [
    ['reply', createItem(answer('ReplyToItem', original.id, ''), 'SaveOnly')],
    ['reply to all', createItem(answer('ReplyAllToItem', original.id, ''), 'SaveOnly')],
    ['forward', createItem(answer('ForwardItem', original.id, toBob), 'SaveOnly')],
    ['reply elsewhere', createItem(answer('ReplyToItem', original.id, ''), 'SaveOnly', into('deleteditems'))],
    [
      'reply to others',
      createItem(
        answer(
          'ReplyToItem',
          original.id,
          `<t:Subject>Other</t:Subject><t:ToRecipients>${to('x@y.test')}</t:ToRecipients>`,
        ),
        'SaveOnly',
      ),
    ],
    ['sent', createItem(answer('ReplyToItem', original.id, ''), 'SendAndSaveCopy')],
    ['sent only', createItem(answer('ReplyToItem', original.id, ''), 'SendOnly')],
    ['forwarded', createItem(answer('ForwardItem', original.id, toBob), 'SendAndSaveCopy')],
    ['forwarded to nobody', createItem(answer('ForwardItem', original.id, ''), 'SendAndSaveCopy')],
    ['of a draft', createItem(answer('ReplyToItem', draft.id, ''), 'SaveOnly')],
    ['of nothing', createItem(answer('ReplyToItem', 'AAA', ''), 'SaveOnly')],
    [
      'no receipt',
      createItem(`<t:SuppressReadReceipt><t:ReferenceItemId Id="${original.id}"/></t:SuppressReadReceipt>`, 'SaveOnly'),
    ],
  ];
  for (const [name, request] of requests) {
    const outcomes: object[] = [];
    for (const post of [both.ews, both.graph.post]) {
      const before = new Set(FOLDERS.flatMap((folder) => itemsIn(mailbox, folder)));
      const known = new Set(itemsIn(bob, 'inbox'));
      const { text } = await post(envelope(request));
      outcomes.push({
        codes: codesOf(text),
        hasId: linesOf(text).some((line) => line.startsWith('<t:ItemId')),
        left: FOLDERS.map((folder) =>
          itemsIn(mailbox, folder)
            .filter((item) => !before.has(item))
            .map(told),
        ),
        came: itemsIn(bob, 'inbox')
          .filter((item) => !known.has(item))
          .map(({ subject, from, attachments }) => [subject, from?.address, attachments.map((one) => one.name)]),
      });
    }
    t.ok(JSON.stringify(outcomes[0]).includes('"codes":["'), name);
    t.same(outcomes[1], outcomes[0], name);
  }
});

t.test('a pending receipt cannot be suppressed through Graph, and nothing is sent', async (t) => {
  const both = await startSending(t);
  const { id } = await both.mailbox.deliver({
    from: recipient(BOB),
    to: [recipient(ALICE)],
    subject: 'Please confirm',
    isReadReceiptRequested: true,
  });
  const item = `<t:SuppressReadReceipt><t:ReferenceItemId Id="${id}"/></t:SuppressReadReceipt>`;
  const { text } = await both.graph.post(envelope(createItem(item, 'SaveOnly')));
  t.same(codesOf(text), ['ErrorInvalidOperation']);
  t.match(text, /cannot suppress/);
  t.equal(bobOf(both).counts('inbox').total, 0);
});

t.test('a reply whose draft is made without an answer is made once', async (t) => {
  const both = await startSending(t);
  const { id } = await both.mailbox.deliver({ from: recipient(BOB), to: [recipient(ALICE)], subject: 'Question' });
  both.graph.simulator.graph.script.add({
    operation: 'POST /users/{user}/messages/{message}/createReply',
    cut: 'midway',
  });
  const { text } = await both.graph.post(envelope(createItem(answer('ReplyToItem', id, ''), 'SendAndSaveCopy')));
  t.same(codesOf(text), ['NoError']);
  t.equal(bobOf(both).counts('inbox').total, 1);
  t.equal(both.mailbox.counts('drafts').total, 0);
});

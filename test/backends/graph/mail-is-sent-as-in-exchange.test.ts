import t from 'tap';
import type { Item } from '../../../src/simulator/mailbox/types.ts';
import { codesOf, linesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { BOB, startStack } from '../../support/stack.ts';
import { bobOf, createItem, into, itemsIn, SENDING, startSending, to } from './sending.ts';

const FOLDERS = ['drafts', 'inbox', 'sentitems', 'outbox', 'deleteditems', 'recoverableitemsdeletions'];

/** What is left of a message in a folder. */
function kept({ subject, isDraft, isRead, bodyText, attachments, categories, to: people, bcc }: Item): object {
  return { subject, isDraft, isRead, bodyText, files: attachments.map(({ name }) => name), categories, people, bcc };
}

const TO_BOB = `<t:ToRecipients>${to(BOB)}</t:ToRecipients>`;
const BODY = '<t:Body BodyType="Text">Hello</t:Body>';
const message = (subject: string, more = ''): string =>
  `<t:Message><t:Subject>${subject}</t:Subject>${BODY}${more}${TO_BOB}</t:Message>`;
const FILE =
  '<t:Attachments><t:FileAttachment><t:Name>a.txt</t:Name><t:Content>Zmlyc3Q=</t:Content></t:FileAttachment>' +
  '</t:Attachments>';
const mime = (text: string): string => `<t:MimeContent>${Buffer.from(text).toString('base64')}</t:MimeContent>`;
const MIME = `From: alice@contoso.test\r\nTo: ${BOB}\r\nSubject: By MIME\r\nX-Own: 1\r\n\r\nHello\r\n`;

t.test('messages are sent and kept as Exchange does', async (t) => {
  const both = await startSending(t);
  const bob = bobOf(both);
  const requests: readonly (readonly [name: string, request: string])[] = [
    ['sent', createItem(message('sent'), 'SendOnly')],
    ['sent and saved', createItem(message('saved'), 'SendAndSaveCopy')],
    ['saved elsewhere', createItem(message('elsewhere'), 'SendAndSaveCopy', into('deleteditems'))],
    ['with a file', createItem(message('file', FILE), 'SendAndSaveCopy')],
    [
      'with a category',
      createItem(message('category', '<t:Categories><t:String>Red</t:String></t:Categories>'), 'SendAndSaveCopy'),
    ],
    ['with Bcc', createItem(message('bcc').replaceAll('ToRecipients', 'BccRecipients'), 'SendAndSaveCopy')],
    ['MIME', createItem(`<t:Message>${mime(MIME)}</t:Message>`, 'SendAndSaveCopy')],
    ['MIME, sent only', createItem(`<t:Message>${mime(MIME)}</t:Message>`, 'SendOnly')],
    ['nobody', createItem('<t:Message><t:Subject>nobody</t:Subject></t:Message>', 'SendAndSaveCopy')],
    [
      'nobody, with a category',
      createItem(
        '<t:Message><t:Subject>nobody</t:Subject><t:Categories><t:String>Red</t:String></t:Categories></t:Message>',
        'SendAndSaveCopy',
      ),
    ],
    ['no folder', createItem(message('none'), 'SendOnly', into('conflicts'))],
    ['two', createItem(message('one') + message('two'), 'SendOnly')],
  ];
  for (const [name, request] of requests) {
    const outcomes: object[] = [];
    for (const post of [both.ews, both.graph.post]) {
      const before = new Set(FOLDERS.flatMap((folder) => itemsIn(both.mailbox, folder)));
      const known = new Set(itemsIn(bob, 'inbox'));
      const { text } = await post(envelope(request));
      const left = FOLDERS.map((folder) =>
        itemsIn(both.mailbox, folder)
          .filter((item) => !before.has(item))
          .map(kept),
      );
      // Messages of one request are on their way at the same time: each of them may arrive first.
      const came = itemsIn(bob, 'inbox')
        .filter((item) => !known.has(item))
        .toSorted((a, b) => (a.subject ?? '').localeCompare(b.subject ?? ''));
      outcomes.push({
        codes: codesOf(text),
        hasId: linesOf(text).some((line) => line.startsWith('<t:ItemId')),
        left,
        came: came.map(({ subject, bodyText, attachments, headers, from }) => ({
          subject,
          bodyText: bodyText?.trim(),
          files: attachments.map((one) => one.name),
          own: headers.filter((header) => header.name.toLowerCase() === 'x-own'),
          from: from?.address,
        })),
      });
    }
    t.ok(JSON.stringify(outcomes[0]).includes('"codes":["'), name);
    t.same(outcomes[1], outcomes[0], name);
  }
});

t.test('without the permission to send, the answer names it and no draft is left', async (t) => {
  const stack = await startStack(t, { ...SENDING, graphRoles: ['Mail.ReadWrite'], backend: 'graph' });
  const alice = mailboxOf(stack);
  for (const more of ['', '<t:Categories><t:String>Red</t:String></t:Categories>']) {
    const { text } = await stack.post(envelope(createItem(message('x', more), 'SendAndSaveCopy')));
    t.same(codesOf(text), ['ErrorAccessDenied']);
    t.match(text, /Mail\.Send/);
  }
  t.same(
    ['drafts', 'sentitems'].map((folder) => alice.counts(folder).total),
    [0, 0],
  );
});

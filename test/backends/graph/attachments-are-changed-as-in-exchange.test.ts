import t from 'tap';
import { parseId, writeId } from '../../../src/ews/ids/item-id.ts';
import { fileAttachment, recipient } from '../../../src/simulator/mailbox/message.ts';
import type { Item } from '../../../src/simulator/mailbox/types.ts';
import { codesOf, withoutKnown } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { BOB } from '../../support/stack.ts';
import { bobOf, itemsIn, startSending } from './sending.ts';

const create = (id: string, attachments: string): string =>
  envelope(
    `<m:CreateAttachment><m:ParentItemId Id="${id}"/><m:Attachments>${attachments}</m:Attachments>` +
      '</m:CreateAttachment>',
  );
const remove = (...ids: readonly string[]): string =>
  envelope(
    `<m:DeleteAttachment><m:AttachmentIds>${ids.map((id) => `<t:AttachmentId Id="${id}"/>`).join('')}` +
      '</m:AttachmentIds></m:DeleteAttachment>',
  );
const file = (name: string, size: number, more = ''): string =>
  `<t:FileAttachment><t:Name>${name}</t:Name><t:ContentType>text/plain</t:ContentType>${more}` +
  `<t:Content>${Buffer.alloc(size, name).toString('base64')}</t:Content></t:FileAttachment>`;
const MIME = 'From: x@y.test\r\nSubject: Inner\r\n\r\nHello\r\n';
const item = (inner: string): string =>
  `<t:ItemAttachment><t:Name>inner</t:Name><t:Message>${inner}</t:Message></t:ItemAttachment>`;

const files = ({ attachments }: Item): object[] =>
  attachments.map((one) => ({
    kind: one.kind,
    name: one.name,
    inline: [one.isInline, one.contentId],
    size: one.kind === 'file' ? one.content.length : 0,
    inner: one.kind === 'item' ? [one.item.subject, one.item.bodyText?.trim(), one.item.attachments.length] : [],
  }));
const KNOWN = [
  [/ (?:RootItem|RootItemChange|Change)?(?:Id|Key)="[^"]*"/g, 'another message'],
  [/<m:MessageText>[^<]*<\/m:MessageText>/g, 'the words are those of either service'],
] as const;

t.test('attachments are added and removed as in Exchange', async (t) => {
  const { ews, graph, mailbox } = await startSending(t);
  const drafted = (): Item =>
    mailbox.add(
      { subject: 'draft', attachments: [fileAttachment('old.txt', 'text/plain', Buffer.from('old'))] },
      'drafts',
      {
        isDraft: true,
      },
    );
  const requests: readonly (readonly [name: string, request: (item: Item) => string])[] = [
    ['a file', ({ id }) => create(id, file('a.txt', 10))],
    ['an empty file', ({ id }) => create(id, file('a.txt', 0))],
    [
      'an inline file',
      ({ id }) => create(id, file('a.png', 9, '<t:ContentId>c</t:ContentId><t:IsInline>true</t:IsInline>')),
    ],
    ['a message', ({ id }) => create(id, item('<t:Subject>Inner</t:Subject><t:Body BodyType="Text">x</t:Body>'))],
    [
      'a message by MIME',
      ({ id }) => create(id, item(`<t:MimeContent>${Buffer.from(MIME).toString('base64')}</t:MimeContent>`)),
    ],
    [
      'a message with a file',
      ({ id }) => create(id, item(`<t:Subject>Inner</t:Subject><t:Attachments>${file('b.txt', 3)}</t:Attachments>`)),
    ],
    [
      'two, one of them nothing',
      ({ id }) => create(id, `${file('a.txt', 10)}<t:ItemAttachment><t:Name>x</t:Name></t:ItemAttachment>`),
    ],
    ['to nothing', () => create('AAAA', file('a.txt', 10))],
    ['removed', ({ attachments: [first] }) => remove(first?.id ?? '')],
    ['removed twice', ({ attachments: [first] }) => remove(first?.id ?? '', first?.id ?? '')],
    ['of a message that is gone', ({ attachments: [first] }) => remove(elsewhere(first?.id ?? ''))],
  ];
  for (const [name, request] of requests) {
    const outcomes: object[] = [];
    for (const post of [ews, graph.post]) {
      const draft = drafted();
      const { text } = await post(request(draft));
      const now = mailbox.item(draft.id);
      outcomes.push({ codes: codesOf(text), text: withoutKnown(text, KNOWN), files: files(now) });
      for (const [, id, key] of text.matchAll(/RootItemId="([^"]*)" RootItemChangeKey="([^"]*)"/g)) {
        t.equal(id, draft.id, 'the id of the message');
        if (!name.includes('twice') && !name.includes('two')) t.equal(key, now.changeKey, 'its change key');
      }
    }
    t.ok(JSON.stringify(outcomes[0]).includes('"codes":["'), name);
    t.same(outcomes[1], outcomes[0], name);
  }
});

/** The id of an attachment of a message that there never was. */
function elsewhere(id: string): string {
  const parsed = parseId(id);
  if (parsed?.kind !== 'attachment') throw new Error('no attachment');
  const { item: parent } = parsed;
  return writeId({ ...parsed, item: { ...parent, message: { ...parent.message, counter: 1 } } });
}

t.test('a draft with files, one of them large, is sent with the key of the last answer', async (t) => {
  const both = await startSending(t);
  const draft = both.mailbox.add({ subject: 'files', to: [recipient(BOB)] }, 'drafts', { isDraft: true });
  const { text } = await both.graph.post(create(draft.id, file('a.txt', 10) + file('b.txt', 4_000_000)));
  t.same(codesOf(text), ['NoError', 'NoError']);
  const key = [...text.matchAll(/RootItemChangeKey="([^"]*)"/g)].at(-1)?.[1] ?? '';
  const sent = (id: string, changeKey: string): string =>
    envelope(
      `<m:SendItem SaveItemToFolder="true"><m:ItemIds><t:ItemId Id="${id}"${changeKey}/></m:ItemIds></m:SendItem>`,
    );
  t.same(codesOf((await both.graph.post(sent(draft.id, ''))).text), ['ErrorChangeKeyRequired']);
  const stale = ` ChangeKey="${draft.changeKey}"`;
  t.same(codesOf((await both.graph.post(sent(draft.id, stale))).text), ['ErrorStaleObject']);
  t.same(codesOf((await both.graph.post(sent(draft.id, ` ChangeKey="${key}"`))).text), ['NoError']);
  const [came] = itemsIn(bobOf(both), 'inbox');
  t.same(
    came?.attachments.map((one) => (one.kind === 'file' ? one.content.length : 0)),
    [10, 4_000_000],
  );
  const [copy] = itemsIn(both.mailbox, 'sentitems');
  const again = sent(copy?.id ?? '', ` ChangeKey="${copy?.changeKey}"`);
  t.same(codesOf((await both.graph.post(again)).text), ['ErrorInvalidOperation'], 'what was sent is no draft');
});

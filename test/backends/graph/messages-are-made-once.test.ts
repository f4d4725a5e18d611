import t from 'tap';
import { ALL_A, ALL_B } from '../../../src/simulator/graph/behaviour.ts';
import { gatewayTimeout } from '../../../src/simulator/graph/faults.ts';
import { fileAttachment } from '../../../src/simulator/mailbox/message.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { LONG_ONLY } from '../../support/effort.ts';
import { envelope } from '../../support/envelopes.ts';
import { BOB, mail, startStack } from '../../support/stack.ts';
import { bobOf, createItem, into, itemsIn, SENDING, to } from './sending.ts';

const CREATE = 'POST /users/{user}/mailFolders/{folder}/messages';
const SEND_MAIL = 'POST /users/{user}/sendMail';
const SEND = 'POST /users/{user}/messages/{message}/send';
const ATTACH = 'POST /users/{user}/messages/{message}/attachments';

const stack = await startStack(t, { ...SENDING, backend: 'graph' });
const { graph } = stack.simulator;

/** Each test begins with empty mailboxes and a Graph that behaves. */
t.beforeEach(() => {
  graph.script.clear();
  graph.uploads.script.clear();
  graph.behaviour = ALL_A;
  for (const mailbox of stack.simulator.exchange.mailboxes)
    for (const folder of ['drafts', 'inbox', 'sentitems'])
      for (const { id } of itemsIn(mailbox, folder)) mailbox.delete(id, 'hard');
});

const TO_BOB = `<t:ToRecipients>${to(BOB)}</t:ToRecipients>`;
const RED = '<t:Categories><t:String>Red</t:String></t:Categories>';
const draft = (more = ''): string => `<t:Message><t:Subject>once</t:Subject>${more}${TO_BOB}</t:Message>`;
const mime = (text: string): string => `<t:MimeContent>${Buffer.from(text).toString('base64')}</t:MimeContent>`;
const LONG_AGO = new Date('2026-01-01T00:00:00Z');
const MIME = `From: alice@contoso.test\r\nTo: ${BOB}\r\nSubject: once\r\n\r\nHello\r\n`;
const files = (...sizes: readonly number[]): string => {
  const file = (size: number): string =>
    `<t:FileAttachment><t:Name>${size}.bin</t:Name>` +
    `<t:Content>${Buffer.alloc(size, String(size)).toString('base64')}</t:Content></t:FileAttachment>`;
  return `<t:Attachments>${sizes.map(file).join('')}</t:Attachments>`;
};

for (const [kind, item] of [
  ['properties', draft()],
  ['MIME', `<t:Message>${mime(MIME)}</t:Message>`],
] as const)
  for (const cut of ['before', 'midway'] as const)
    t.test(`a message by ${kind} whose creation breaks ${cut} is there once`, async (t) => {
      graph.script.add({ operation: CREATE, cut });
      const { text } = await stack.post(envelope(createItem(item, 'SaveOnly')));
      t.same(codesOf(text), ['NoError']);
      const [message, ...more] = itemsIn(mailboxOf(stack), 'drafts');
      t.same(more, []);
      t.ok(text.includes(`Id="${message?.id}"`), 'its id is given');
    });

t.test('a creation that timed out is not tried again', async (t) => {
  let posts = 0;
  graph.onRequest = ({ method, template }) => void (`${method} ${template}` === CREATE && posts++);
  graph.script.add({ ...gatewayTimeout(), operation: CREATE });
  const { text } = await stack.post(envelope(createItem(draft(), 'SaveOnly')));
  t.same(codesOf(text), ['ErrorTimeoutExpired']);
  t.equal(posts, 1);
});

t.test('what fails half-way is removed', async (t) => {
  const body = JSON.stringify({ error: { code: 'ErrorQuotaExceeded', message: 'Full.' } });
  graph.script.add({ operation: ATTACH, status: 507, body });
  const item = draft(files(2_900_000, 2_000_000));
  t.same(codesOf((await stack.post(envelope(createItem(item, 'SaveOnly')))).text), ['ErrorQuotaExceeded']);
  t.equal(mailboxOf(stack).counts('drafts').total, 0);
});

for (const [name, item, disposition, operation] of [
  ['sendMail', draft(), 'SendAndSaveCopy', SEND_MAIL],
  ['a draft', draft(RED), 'SendAndSaveCopy', SEND],
  ['MIME', `<t:Message>${mime(MIME)}</t:Message>`, 'SendAndSaveCopy', SEND],
  ['MIME without a copy', `<t:Message>${mime(MIME)}</t:Message>`, 'SendOnly', SEND],
] as const)
  t.test(`${name}, sent without an answer, has arrived once`, async (t) => {
    graph.script.add({ operation, cut: 'midway' });
    const { text } = await stack.post(envelope(createItem(item, disposition)));
    t.same(codesOf(text), ['NoError']);
    t.equal(bobOf({ graph: stack }).counts('inbox').total, 1);
    t.equal(mailboxOf(stack).counts('drafts').total, 0);
    t.equal(mailboxOf(stack).counts('sentitems').total, disposition === 'SendOnly' ? 0 : 1);
  });

t.test('what was sent without a copy and without an answer is not sent again', async (t) => {
  graph.script.add({ operation: SEND_MAIL, cut: 'midway' });
  const { status } = await stack.post(envelope(createItem(draft(), 'SendOnly')));
  t.equal(status, 500);
  t.equal(bobOf({ graph: stack }).counts('inbox').total, 1);
});

t.test(
  'what may have been sent is not called a passing problem, which programs would answer by sending again',
  async (t) => {
    graph.script.add({
      operation: SEND_MAIL,
      alter: () => ({ status: 502, bytes: Buffer.from('<html>Bad gateway</html>') }),
    });
    const { text } = await stack.post(envelope(createItem(draft(), 'SendOnly')));
    t.same(codesOf(text), ['ErrorTimeoutExpired']);
    t.equal(bobOf({ graph: stack }).counts('inbox').total, 1);
  },
);

for (const cut of ['before', 'midway'] as const) {
  t.test(`a file whose attaching breaks ${cut} is attached once, beside one of the same name`, async (t) => {
    const mailbox = mailboxOf(stack);
    const old = fileAttachment('5.bin', 'text/plain', Buffer.from('old'));
    const { id, attachments } = mailbox.add({ subject: 'draft', attachments: [old] }, 'drafts', { isDraft: true });
    Object.assign(attachments[0] ?? {}, { modifiedAt: LONG_AGO });
    graph.script.add({ operation: ATTACH, cut });
    const attachment = files(5).replaceAll('t:Attachments', 'm:Attachments');
    const { text } = await stack.post(
      envelope(`<m:CreateAttachment><m:ParentItemId Id="${id}"/>${attachment}</m:CreateAttachment>`),
    );
    t.same(codesOf(text), ['NoError']);
    const [, added, ...more] = mailbox.item(id).attachments;
    t.same(more, []);
    t.ok(text.includes(`Id="${added?.id}"`), 'its id is given');
  });

  t.test(`a reply whose draft breaks ${cut} is saved once, with what it answers`, async (t) => {
    const mailbox = mailboxOf(stack);
    const { id } = await mailbox.deliver(mail('question'));
    graph.script.add({ operation: 'POST /users/{user}/messages/{message}/createReply', cut });
    const reply =
      `<t:ReplyToItem><t:ReferenceItemId Id="${id}"/><t:NewBodyContent BodyType="Text">Yes</t:NewBodyContent>` +
      '</t:ReplyToItem>';
    t.same(codesOf((await stack.post(envelope(createItem(reply, 'SaveOnly')))).text), ['NoError']);
    const [saved, ...more] = itemsIn(mailbox, 'drafts');
    t.same(more, []);
    t.match(saved?.bodyText ?? saved?.bodyHtml, /Yes[^]*mail-content/);
  });
}

t.test(
  'a session whose creation gave no answer is made again, and refuses no token of the app',
  { skip: LONG_ONLY },
  async (t) => {
    const session = 'POST /users/{user}/messages/{message}/attachments/createUploadSession';
    graph.script.add({ operation: session, cut: 'midway' });
    graph.uploads.script.add({ operation: 'PUT upload', status: 401 });
    const before = stack.simulator.entra.tokenRequests.length;
    const item = createItem(draft(files(100, 4_000_000)), 'SaveOnly');
    t.same(codesOf((await stack.post(envelope(item))).text), ['ErrorServerBusy'], 'the session is refused');
    t.equal(stack.simulator.entra.tokenRequests.length, before);
    graph.script.add({ operation: session, cut: 'midway' });
    t.same(codesOf((await stack.post(envelope(item))).text), ['NoError']);
    t.equal(mailboxOf(stack).counts('drafts').total, 1);
  },
);

t.test('what was not sent leaves no draft', async (t) => {
  graph.script.add({ operation: SEND, cut: 'before' });
  const { status } = await stack.post(envelope(createItem(draft(RED), 'SendAndSaveCopy')));
  t.equal(status, 500);
  t.equal(bobOf({ graph: stack }).counts('inbox').total, 0);
  t.equal(mailboxOf(stack).counts('drafts').total, 0);
});

for (const permanentDelete of [true, false])
  t.test(`a draft that is gone because its removal gave no answer was not sent: ${permanentDelete}`, async (t) => {
    const registration = `    graph: { capabilities: { permanentDelete: ${permanentDelete} } }`;
    const stack = await startStack(t, { ...SENDING, backend: 'graph', registration });
    const { script } = stack.simulator.graph;
    script.add({ operation: SEND, cut: 'before' });
    script.add({
      operation: permanentDelete
        ? 'POST /users/{user}/messages/{message}/permanentDelete'
        : 'DELETE /users/{user}/messages/{message}',
      cut: 'midway',
    });
    const { text } = await stack.post(envelope(createItem(draft(RED), 'SendAndSaveCopy')));
    t.same(codesOf(text), ['ErrorTimeoutExpired']);
    t.equal(script.pending, 0, 'both faults were played');
    t.equal(bobOf({ graph: stack }).counts('inbox').total, 0);
  });

t.test('large files are uploaded without a token, and go on where they broke off', async (t) => {
  const { uploads } = stack.simulator.graph;
  uploads.script.add({ operation: 'PUT upload', cut: 'before' });
  const { text } = await stack.post(envelope(createItem(draft(files(100, 9_000_000)), 'SaveOnly')));
  t.same(codesOf(text), ['NoError']);
  const [message] = itemsIn(mailboxOf(stack), 'drafts');
  const sizes = message?.attachments.map((one) => (one.kind === 'file' ? one.content.length : 0));
  t.same(sizes, [100, 9_000_000]);
  const [, large] = message?.attachments ?? [];
  t.ok(
    large?.kind === 'file' && large.content.equals(Buffer.alloc(9_000_000, '9000000')),
    'every byte is in its place',
  );
  t.match(text, /<t:Name>9000000\.bin</);
  t.ok(uploads.requests.length > 3);
  t.ok(uploads.requests.every(({ hadToken }) => !hadToken));
});

t.test('large MIME is taken apart, but not where it is signed', async (t) => {
  const part = (type: string, name: string, size: number): string =>
    `--b\r\nContent-Type: ${type}; name=${name}\r\nContent-Transfer-Encoding: base64\r\n` +
    `Content-Disposition: attachment; filename=${name}\r\n\r\n${Buffer.alloc(size, name).toString('base64')}\r\n`;
  const large = (type: string): string =>
    `From: alice@contoso.test\r\nTo: ${BOB}\r\nSubject: large\r\nMessage-ID: <large@contoso.test>\r\n` +
    `In-Reply-To: <first@contoso.test>\r\nMIME-Version: 1.0\r\nContent-Type: ${type}; boundary=b\r\n\r\n` +
    `--b\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n` +
    `${part('application/pdf', 'a.pdf', 3_500_000)}${part('text/csv', 'b.csv', 500_000)}--b--\r\n`;
  const request = (type: string): string =>
    envelope(createItem(`<t:Message>${mime(large(type))}</t:Message>`, 'SaveOnly'));
  t.same(codesOf((await stack.post(request('multipart/mixed'))).text), ['NoError']);
  const [message] = itemsIn(mailboxOf(stack), 'drafts');
  t.match(message, { subject: 'large', internetMessageId: '<large@contoso.test>', inReplyTo: '<first@contoso.test>' });
  t.match(message?.bodyHtml, /Hello/);
  t.same(new Set(message?.attachments.map(({ name }) => name)), new Set(['a.pdf', 'b.csv']));
  t.same(codesOf((await stack.post(request('multipart/signed'))).text), ['ErrorMessageSizeExceeded']);
  t.equal(mailboxOf(stack).counts('drafts').total, 1);
});

t.test('where Graph behaves the other way, the outcome is the same', async (t) => {
  graph.behaviour = { ...ALL_B, mailAdvancedGate: false, attachmentsOfNonDrafts: 'changeable' };
  const mailbox = mailboxOf(stack);
  const flag =
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/><t:Value>1</t:Value>' +
    '</t:ExtendedProperty>';
  const answers: string[] = [];
  for (const request of [
    createItem(`<t:Message><t:Subject>received</t:Subject>${flag}</t:Message>`, 'SaveOnly', into('inbox')),
    createItem(`<t:Message>${mime(MIME)}</t:Message>`, 'SaveOnly', into('inbox')),
    createItem(`<t:Message>${mime(MIME)}</t:Message>`, 'SendOnly'),
  ])
    answers.push(...codesOf((await stack.post(envelope(request))).text));
  t.same(answers, ['NoError', 'NoError', 'NoError']);
  t.same(
    itemsIn(mailbox, 'inbox').map(({ subject, isDraft }) => [subject, isDraft]),
    [
      ['once', true],
      ['received', false],
    ],
  );
  t.equal(bobOf({ graph: stack }).counts('inbox').total, 1);
  t.same([mailbox.counts('sentitems').total, mailbox.counts('drafts').total], [0, 0]);
});

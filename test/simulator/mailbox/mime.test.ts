import t from 'tap';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { fileAttachment, newMessage, recipient } from '../../../src/simulator/mailbox/message.ts';
import { parseMime } from '../../../src/simulator/mailbox/mime-reader.ts';
import { withoutBcc, writeMime } from '../../../src/simulator/mailbox/mime-writer.ts';

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff]);
const SENT = new Date('2026-03-01T10:00:00Z');

function crlf(...lines: readonly string[]): string {
  return lines.join('\r\n');
}

t.test('what is written is read back: names, bodies, dates, attachments', async (t) => {
  const message = newMessage({
    from: recipient('buchhaltung@fabrikam.test', 'Müller, Jörg'),
    sender: recipient('sekretariat@fabrikam.test', '佐藤'),
    to: [recipient('alice@contoso.test', 'Alice "Al" Ångström')],
    cc: [recipient('bob@contoso.test')],
    replyTo: [recipient('antwort@fabrikam.test')],
    subject: 'Rechnung Nr. 7 – Fälligkeit übermorgen, mit einem Betreff, der länger ist als eine Zeile sein darf: 世界',
    bodyText: 'Grüße\r\n',
    bodyHtml: '<p>Grüße <img src="cid:logo@fabrikam"></p>',
    sentAt: SENT,
    importance: 'high',
    sensitivity: 'confidential',
    isReadReceiptRequested: true,
    isDeliveryReceiptRequested: true,
    internetMessageId: '<7@fabrikam.test>',
    inReplyTo: '<6@fabrikam.test>',
    references: '<5@fabrikam.test> <6@fabrikam.test>',
    headers: [
      { name: 'Received', value: 'from b' },
      { name: 'Received', value: 'from a' },
      { name: 'X-Mailer', value: 'billing' },
      { name: 'Subject', value: 'not this one' },
    ],
    attachments: [
      fileAttachment('Logo.png', 'image/png', PNG, { contentId: 'logo@fabrikam', isInline: true }),
      fileAttachment('Rechnung Übersicht.pdf', 'application/pdf', Buffer.from('%PDF')),
    ],
  });
  const read = await parseMime(await writeMime(message));
  const { headers, attachments, mime, bodyHtml, bodyText, references, ...same } = read;
  for (const [name, value] of Object.entries(same)) t.same(value, message[name as keyof typeof same], name);
  t.equal(bodyHtml?.trim(), message.bodyHtml);
  t.equal(bodyText?.trim(), 'Grüße');
  t.equal(references?.replace(/\s+/g, ' '), message.references);
  t.same(
    headers.filter(({ name }) => /^(?:Received|X-Mailer|Subject)$/.test(name)).map(({ name }) => name),
    ['Received', 'Received', 'X-Mailer', 'Subject'],
    'in order, and what is a property once',
  );
  t.same(
    headers.filter(({ name }) => name === 'Received').map(({ value }) => value),
    ['from b', 'from a'],
  );
  t.match(attachments, [
    { kind: 'file', name: 'Logo.png', contentType: 'image/png', contentId: 'logo@fabrikam', isInline: true },
    { kind: 'file', name: 'Rechnung Übersicht.pdf', contentType: 'application/pdf', isInline: false },
  ]);
  const [logo] = attachments;
  t.same(logo?.kind === 'file' && logo.content, PNG);
  t.notMatch(mime?.toString('latin1') ?? '', /[^\t\r\n -~]/, 'seven bits');
});

t.test('messages in messages, to any depth', async (t) => {
  const deepest = newMessage({
    subject: 'Tief',
    bodyText: 'ganz unten',
    bcc: [recipient('hidden@contoso.test')],
    attachments: [fileAttachment('a.pdf', 'application/pdf', Buffer.from('%PDF'))],
  });
  const wrap = (item: typeof deepest): typeof deepest =>
    newMessage({
      subject: `Fwd: ${item.subject}`,
      bodyText: 'see below',
      attachments: [
        {
          kind: 'item',
          name: item.subject,
          contentType: 'message/rfc822',
          contentId: undefined,
          contentLocation: undefined,
          isInline: false,
          item,
        },
      ],
    });
  let message = await parseMime(await writeMime(wrap(wrap(deepest))));
  const names: string[] = [];
  for (let [next] = message.attachments; next?.kind === 'item'; [next] = message.attachments) {
    names.push(next.name);
    message = next.item;
  }
  t.same(names, ['Fwd: Tief', 'Tief']);
  t.equal(message.bodyText?.trim(), 'ganz unten');
  t.match(message.attachments, [{ kind: 'file', name: 'a.pdf' }]);
  t.match(message.bcc, [{ address: 'hidden@contoso.test' }], 'a message attached keeps its own');
  t.ok(message.mime);
});

t.test('bodies of eight bits in any charset', async (t) => {
  const head = crlf(
    'From: a@x.test',
    'Content-Type: text/plain; charset=CHARSET',
    'Content-Transfer-Encoding: 8bit',
    '',
  );
  const latin = Buffer.from(`${head.replace('CHARSET', 'iso-8859-1')}\r\nGr\xfc\xdfe`, 'latin1');
  t.equal((await parseMime(latin)).bodyText?.trim(), 'Grüße');
  const utf8 = Buffer.from(`${head.replace('CHARSET', 'utf-8')}\r\nGrüße`);
  t.equal((await parseMime(utf8)).bodyText?.trim(), 'Grüße');
});

t.test('what kind of message it is', async (t) => {
  const classOf = async (...lines: readonly string[]): Promise<string> =>
    (await parseMime(Buffer.from(crlf('From: a@x.test', 'MIME-Version: 1.0', ...lines)))).itemClass;
  const calendar = (method: string, more = ''): readonly string[] => [
    `Content-Type: text/calendar; method=${method}; charset=utf-8`,
    '',
    crlf('BEGIN:VCALENDAR', `METHOD:${method}`, 'BEGIN:VEVENT', more, 'END:VEVENT', 'END:VCALENDAR'),
  ];
  const parts = (type: string): readonly string[] => [
    `Content-Type: ${type}; boundary=b`,
    '',
    crlf('--b', 'Content-Type: text/plain', '', 'text', '--b--', ''),
  ];
  t.equal(await classOf('', 'text'), 'IPM.Note');
  t.equal(await classOf(...calendar('REQUEST')), 'IPM.Schedule.Meeting.Request');
  t.equal(await classOf(...calendar('CANCEL')), 'IPM.Schedule.Meeting.Canceled');
  t.equal(
    await classOf(...calendar('REPLY', 'ATTENDEE;PARTSTAT=DECLINED:mailto:b@x.test')),
    'IPM.Schedule.Meeting.Resp.Neg',
  );
  t.equal(await classOf(...parts('multipart/report; report-type=delivery-status')), 'REPORT.IPM.Note.NDR');
  t.equal(await classOf(...parts('multipart/report; report-type="disposition-notification"')), 'REPORT.IPM.Note.IPNRN');
  t.equal(await classOf(...parts('multipart/signed; protocol="x"')), 'IPM.Note.SMIME.MultipartSigned');
  t.equal(await classOf('Content-Type: application/pkcs7-mime', '', 'AAAA'), 'IPM.Note.SMIME');
});

t.test('replies belong to the conversation, and groups are their members', async (t) => {
  const read = (...lines: readonly string[]) => parseMime(Buffer.from(crlf(...lines, '', 'text')));
  const first = await read('Message-ID: <1@x.test>', 'Subject: AW: Re: Offer', 'To: Team: a@x.test, b@x.test;');
  const reply = await read('Message-ID: <2@x.test>', 'In-Reply-To: <1@x.test>');
  const later = await read('Message-ID: <3@x.test>', 'References: <1@x.test> <2@x.test>', 'In-Reply-To: <2@x.test>');
  const other = await read('Message-ID: <4@x.test>');
  const mailbox = new Mailbox('alice@contoso.test');
  const ids = [first, reply, later, other].map((message) => mailbox.add(message, 'inbox').conversationId);
  t.equal(new Set(ids.slice(0, 3)).size, 1);
  t.not(ids[3], ids[0]);
  t.equal(first.conversationTopic, 'Offer');
  t.same(
    first.to.map(({ address }) => address),
    ['a@x.test', 'b@x.test'],
  );
  const index = Buffer.concat([Buffer.of(1), Buffer.alloc(26, 7)]);
  const outlook = await read(`Thread-Index: ${index.toString('base64')}`, 'Thread-Topic: Topic', 'Subject: Other');
  t.same(outlook.conversationIndex, index);
  t.equal(outlook.conversationTopic, 'Topic');
});

t.test("an item's MIME is what came, until its content changes", async (t) => {
  const mailbox = new Mailbox('alice@contoso.test');
  const raw = Buffer.from(crlf('X-First: 1', 'From: b@x.test', 'Subject: Old', 'To: alice@contoso.test', '', 'text'));
  const item = await mailbox.deliver(raw);
  t.equal(await mailbox.mimeOf(item.id), raw);
  mailbox.update(item.id, { isRead: true, categories: ['Done'] });
  t.equal(await mailbox.mimeOf(item.id), raw);
  const changed = mailbox.update(item.id, { subject: 'New' });
  const written = await mailbox.mimeOf(item.id);
  t.match(await parseMime(written), { subject: 'New', from: { address: 'b@x.test' } });
  t.match(written.toString(), /^X-First: 1\r$/m);
  t.equal(await mailbox.mimeOf(item.id), written, 'it is kept');
  t.equal(mailbox.item(item.id).changeKey, changed.changeKey, 'and no change');
});

t.test('Bcc goes from the header, and nothing else', async (t) => {
  const strip = (text: string): string => withoutBcc(Buffer.from(text, 'latin1')).toString('latin1');
  const body = '\r\n\r\nBcc: stays\r\n\xff';
  t.equal(strip(`From: a\r\nBcc: b,\r\n\tc\r\nSubject: \xfc${body}`), `From: a\r\nSubject: \xfc${body}`);
  t.equal(strip(`From: a\r\nBCC : b${body}`), `From: a${body}`);
  t.equal(strip('Bcc: b\nFrom: a\nResent-Bcc: c\n\nbody'), 'From: a\n\nbody');
  t.equal(strip('From: a\r\nBcc: b\rc\r\n\r\nbody'), 'From: a\r\n\r\nbody', 'a bare carriage return');
  t.equal(strip('From: a\r\nBcc: b'), 'From: a');
  t.equal(strip(`X-Bcc: b\r\nFrom: a${body}`), `X-Bcc: b\r\nFrom: a${body}`);
  const long = `Bcc: ${'a,\r\n '.repeat(200_000)}b\r\n`.repeat(2);
  t.equal(strip(`${long}From: a${body}`), `From: a${body}`);
});

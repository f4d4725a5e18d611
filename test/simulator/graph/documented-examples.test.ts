/** Requests in the forms of the reference pages' examples: what documentation shows has to work. */
import t from 'tap';
import { BOB } from '../../support/stack.ts';
import { startGraph, type GraphClient, rowsOf, subjects } from './graph-client.ts';

const COLOR = 'String {66f5a359-4659-4830-9070-00040ec6ac6e} Name Color';
const PALETTE = 'StringArray {66f5a359-4659-4830-9070-00050ec6ac6e} Name Palette';
const TO = [{ emailAddress: { address: BOB, name: 'Bob' } }];

const post = ({ ask }: GraphClient, path: string, body: object) => ask(path, { method: 'POST', body });

t.test('filters of the query-parameters page', async (t) => {
  const client = await startGraph(t);
  await client.deliver('welcome');
  for (const filter of [
    'receivedDateTime ge 2016-09-01 and receivedDateTime lt 2030-09-08',
    "subject eq 'welcome' and importance eq 'normal'",
    "startswith(subject,'wel')",
    "from/emailAddress/address eq 'sender@fabrikam.test'",
  ])
    t.same(subjects(await client.ask(`~/messages?$filter=${filter}`)), ['welcome'], filter);
  const headers = { prefer: 'outlook.body-content-type="text"' };
  t.equal((await client.ask('~/messages?$select=subject,body,bodyPreview,uniqueBody', { headers })).status, 200);
  t.equal((await client.ask("~/messages?$filter=importance eq 'high'&$orderby=importance")).status, 200);
});

t.test('extended properties: created, expanded and filtered by, single and multiple', async (t) => {
  const client = await startGraph(t);
  const draft = await post(client, '~/messages', {
    subject: 'Family reunion',
    body: { contentType: 'HTML', content: '<p>Food</p>' },
    toRecipients: TO,
    singleValueExtendedProperties: [{ id: COLOR, value: 'Green' }],
    multiValueExtendedProperties: [{ id: PALETTE, value: ['Green', 'Aqua', 'Blue'] }],
  });
  t.equal(draft.status, 201);
  const path = `~/messages/${String(draft.json['id'])}`;
  const single = await client.ask(`${path}?$expand=singleValueExtendedProperties($filter=id eq '${COLOR}')`);
  t.match(single.json['singleValueExtendedProperties'], [{ id: COLOR, value: 'Green' }]);
  const multi = await client.ask(`${path}?$expand=multiValueExtendedProperties($filter=id eq '${PALETTE}')`);
  t.match(multi.json['multiValueExtendedProperties'], [{ id: PALETTE, value: ['Green', 'Aqua', 'Blue'] }]);
  const any = (rest: string) =>
    client.ask(`~/messages?$filter=singleValueExtendedProperties/Any(ep: ep/id eq '${COLOR}' and ${rest})`);
  t.same(subjects(await any("ep/value eq 'green'")), ['Family reunion']);
  t.same(subjects(await any("contains(ep/value, 'ee')")), ['Family reunion']);
  t.same(subjects(await any("startswith(ep/value, 'B')")), []);
  t.equal((await any('ep/value eq 5')).status, 400, 'what is no string needs a cast');
  const folder = { displayName: 'Colors', singleValueExtendedProperties: [{ id: COLOR, value: 'Red' }] };
  t.equal((await post(client, '~/mailFolders', folder)).status, 201);
  const filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${COLOR}' and ep/value eq 'Red')`;
  t.match(rowsOf(await client.ask(`~/mailFolders?$filter=${filter}`)), [{ displayName: 'Colors' }]);
});

t.test('message-update, and followupFlag', async (t) => {
  const client = await startGraph(t);
  const draft = await post(client, '~/messages', { subject: 'x', importance: 'Low' });
  const body = {
    subject: 'subject-value',
    body: { contentType: 'html', content: 'content-value' },
    inferenceClassification: 'other',
  };
  const answer = await client.ask(`~/messages/${String(draft.json['id'])}`, { method: 'PATCH', body });
  t.match(answer.json, { subject: 'subject-value', inferenceClassification: 'other', importance: 'low' });
});

t.test('createReply with an attachment, createForward with a message, reply with recipients', async (t) => {
  const client = await startGraph(t);
  const path = `~/messages/${await client.deliver()}`;
  const file = {
    '@odata.type': '#microsoft.graph.fileAttachment',
    'name': 'g.txt',
    'contentBytes': 'bWFjIGFuZCBjaGVlc2U=',
  };
  const reply = await post(client, `${path}/createReply`, {
    message: { attachments: [file] },
    comment: 'See attached',
  });
  t.equal(reply.status, 201);
  t.equal(reply.json['hasAttachments'], true);
  const forward = await post(client, `${path}/createForward`, {
    message: { isDeliveryReceiptRequested: true, toRecipients: TO },
    comment: 'Do you have experience with this?',
  });
  t.match(forward.json, { isDeliveryReceiptRequested: true, toRecipients: TO });
  t.equal((await post(client, `${path}/reply`, { message: { toRecipients: TO }, comment: 'Sam,' })).status, 202);
});

t.test('sendMail: "false" in quotes, custom headers, attachments', async (t) => {
  const client = await startGraph(t);
  const message = {
    subject: 'Meet for lunch?',
    body: { contentType: 'Text', content: 'The new cafeteria is open.' },
    toRecipients: TO,
    ccRecipients: TO,
    internetMessageHeaders: [{ name: 'x-custom-header-group-name', value: 'Nevada' }],
    attachments: [
      {
        '@odata.type': '#microsoft.graph.fileAttachment',
        'name': 'a.txt',
        'contentType': 'text/plain',
        'contentBytes': 'SGVsbG8gV29ybGQh',
      },
    ],
  };
  t.equal((await post(client, '~/sendMail', { message, saveToSentItems: 'false' })).status, 202);
  t.equal(client.alice.counts('sentitems').total, 0);
  const [received] = client.bob.items.list(client.bob.folders.resolve('inbox').id);
  t.ok(
    received?.headers.some(
      ({ name, value }) => name.toLowerCase() === 'x-custom-header-group-name' && value === 'Nevada',
    ),
  );
  t.equal(received?.attachments.length, 1);
});

t.test('attachments: a file, and an event as an item', async (t) => {
  const client = await startGraph(t);
  const path = `~/messages/${await client.deliver()}/attachments`;
  const item = {
    '@odata.type': '#microsoft.graph.itemAttachment',
    'name': 'Holiday event',
    'item': {
      '@odata.type': 'microsoft.graph.event',
      'subject': 'Discuss gifts for children',
      'body': { contentType: 'HTML', content: 'Let us look for funding!' },
      'start': { dateTime: '2019-12-02T18:00:00', timeZone: 'Pacific Standard Time' },
      'end': { dateTime: '2019-12-02T19:00:00', timeZone: 'Pacific Standard Time' },
    },
  };
  t.equal((await post(client, path, item)).status, 201);
  const file = { '@odata.type': '#microsoft.graph.fileAttachment', 'name': 'smile', 'contentBytes': 'R0lGODdhEAYEAA7' };
  t.equal((await post(client, path, file)).status, 201);
  t.match(rowsOf(await client.ask(path)), [{ name: 'Holiday event' }, { name: 'smile' }]);
});

t.test('getMailTips with flags, mailboxSettings with members in capitals, a hidden folder', async (t) => {
  const client = await startGraph(t);
  const tips = { EmailAddresses: [BOB], MailTipsOptions: 'automaticReplies, mailboxFullStatus' };
  t.equal((await post(client, '~/getMailTips', tips)).status, 200);
  t.equal((await post(client, '~/getMailTips', { ...tips, MailTipsOptions: 'weather' })).status, 400);
  const time = { dateTime: '2016-03-20T18:00:00.0000000', timeZone: 'UTC' };
  const body = {
    automaticRepliesSetting: { status: 'Scheduled', scheduledStartDateTime: time, scheduledEndDateTime: time },
  };
  t.equal((await client.ask('~/mailboxSettings', { method: 'PATCH', body })).status, 200);
  t.equal((await post(client, '~/mailFolders', { displayName: 'Clutter', isHidden: true })).json['isHidden'], true);
});

import t from 'tap';
import { recipient } from '../../../src/simulator/mailbox/message.ts';
import { BOB, mail } from '../../support/stack.ts';
import { rowsOf, startGraph, type GraphClient } from './graph-client.ts';

const TO_BOB = [{ emailAddress: { address: BOB } }];
const MIME = `From: alice@contoso.test\r\nTo: ${BOB}\r\nSubject: By MIME\r\n\r\nHello\r\n`;
const TEXT = { 'content-type': 'text/plain' };
const EMPTY = { 'content-length': '0' };

const inboxOf = ({ bob }: GraphClient): string[] =>
  bob.items.list(bob.folders.resolve('inbox').id).map(({ subject }) => subject);
const post = ({ ask }: GraphClient, path: string, body?: object | string, headers: Record<string, string> = {}) =>
  ask(path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });

t.test('sendMail answers 202 with nothing, and keeps a copy unless told otherwise', async (t) => {
  const client = await startGraph(t);
  const message = { subject: 'Hi', body: { contentType: 'Text', content: 'Hello' }, toRecipients: TO_BOB };
  const answer = await post(client, '~/sendMail', { message, saveToSentItems: false });
  t.same([answer.status, answer.text], [202, '']);
  t.equal(client.alice.counts('sentitems').total, 0);
  await post(client, '~/sendMail', { Message: message });
  t.equal(client.alice.counts('sentitems').total, 1);
  t.same(inboxOf(client), ['Hi', 'Hi']);
  t.equal((await post(client, '~/sendMail', {})).code, 'UnableToDeserializePostBody');
  t.equal((await post(client, '~/sendMail', { message, saveTo: 'x' })).status, 400);
  const other = { ...message, from: { emailAddress: { address: BOB } } };
  t.same([(await post(client, '~/sendMail', { message: other })).code], ['ErrorSendAsDenied']);
  t.equal((await post(client, '~/sendMail', { message: { subject: 'x' } })).code, 'ErrorInvalidRecipients');
});

t.test('MIME is base64, always saved when sent, and a draft when posted', async (t) => {
  const client = await startGraph(t);
  const base64 = Buffer.from(MIME).toString('base64');
  t.equal((await post(client, '~/sendMail', base64, TEXT)).status, 202);
  t.equal(client.alice.counts('sentitems').total, 1);
  t.same(inboxOf(client), ['By MIME']);
  t.equal((await post(client, '~/sendMail', MIME, TEXT)).code, 'ErrorMimeContentInvalidBase64String');
  const draft = await post(client, '~/mailFolders/inbox/messages', base64, TEXT);
  t.equal(draft.status, 201);
  t.match(draft.json, { isDraft: true, subject: 'By MIME' });
  const { graph } = client.simulator;
  graph.behaviour = { ...graph.behaviour, mimeIntoFolders: 'refused' };
  t.equal((await post(client, '~/mailFolders/inbox/messages', base64, TEXT)).code, 'UnableToDeserializePostBody');
  t.equal((await post(client, '~/messages', base64, TEXT)).status, 201);
});

t.test('large MIME: refused above 4 MB, perhaps lost below', async (t) => {
  const client = await startGraph(t);
  const base64 = (bytes: number): string => Buffer.from(`${MIME}${'x'.repeat(bytes)}`).toString('base64');
  t.equal((await post(client, '~/sendMail', base64(3.5 * 1024 * 1024), TEXT)).status, 413);
  const { graph } = client.simulator;
  graph.behaviour = { ...graph.behaviour, largeMime: 'lost' };
  t.equal((await post(client, '~/sendMail', base64(2.5 * 1024 * 1024), TEXT)).status, 200);
  t.same(inboxOf(client), [], 'nothing was sent');
  t.equal((await post(client, '~/sendMail', base64(2 * 1024 * 1024), TEXT)).status, 202);
});

t.test('a POST without body says its length', async (t) => {
  const client = await startGraph(t);
  const { alice, simulator } = client;
  const draft = alice.add({ ...mail('draft'), to: [recipient(BOB)], from: undefined }, 'drafts', { isDraft: true });
  const path = `~/messages/${draft.id.replaceAll('/', '-').replaceAll('+', '_')}/send`;
  const response = await rawPost(simulator.graph.port);
  t.match(response, /^HTTP\/1\.1 411 /);
  t.equal((await post(client, path, undefined, EMPTY)).status, 202);
  t.same(inboxOf(client), ['draft']);
  t.equal((await post(client, path, undefined, EMPTY)).status, 404, 'the id of the draft is dead');
});

/** What no HTTP client sends: a POST with neither length nor encoding. */
async function rawPost(port: number): Promise<string> {
  const { connect } = await import('node:tls');
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () =>
      socket.write('POST /v1.0/me/sendMail HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    );
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('end', () => resolve(text)).on('error', reject);
  });
}

t.test('replies and forwards, sent at once or as drafts', async (t) => {
  const client = await startGraph(t);
  const id = await client.deliver({ ...mail('Question'), from: recipient(BOB, 'Bob') });
  const path = `~/messages/${id}`;
  t.equal((await post(client, `${path}/reply`, { comment: 'Answer' })).status, 202);
  t.same(inboxOf(client), ['RE: Question']);
  const draft = await post(client, `${path}/createReply`, { comment: 'Answer' });
  t.equal(draft.status, 201);
  t.match(draft.json, { isDraft: true, subject: 'RE: Question', toRecipients: [{ emailAddress: { address: BOB } }] });
  t.match((draft.json['body'] as { content: string }).content, /Answer.*<hr>/s, 'before what is quoted');
  const both = { comment: 'x', message: { body: { contentType: 'text', content: 'y' } } };
  t.equal((await post(client, `${path}/createReply`, both)).status, 400);
  t.equal((await post(client, `${path}/forward`, { toRecipients: TO_BOB })).status, 202);
  t.equal(inboxOf(client)[0], 'FW: Question');
  t.equal((await post(client, `${path}/forward`, { comment: 'to nobody' })).code, 'ErrorInvalidRecipients');
  t.equal((await post(client, `${path}/reply`, Buffer.from(MIME).toString('base64'), TEXT)).status, 202);
  const { graph } = client.simulator;
  graph.behaviour = { ...graph.behaviour, commentOfDrafts: 'lost' };
  t.notMatch((await post(client, `${path}/createReplyAll`, { comment: 'Answer' })).text, /Answer/);
});

t.test('what is created is a draft, unless its flags say otherwise', async (t) => {
  const client = await startGraph(t);
  const create = (flags: string) =>
    post(client, '~/mailFolders/inbox/messages', {
      subject: 'Archived',
      singleValueExtendedProperties: [
        { id: 'Integer 0x0E07', value: flags },
        { id: 'SystemTime 0x0E06', value: '2020-01-02T03:04:05Z' },
      ],
    });
  t.match((await create('1')).json, { isDraft: false, isRead: true, receivedDateTime: '2020-01-02T03:04:05Z' });
  t.equal((await create('9')).json['isDraft'], true);
  const { graph } = client.simulator;
  graph.behaviour = { ...graph.behaviour, nonDraftFlags: 'submittedOnly' };
  t.same([(await create('1')).json['isDraft'], (await create('4')).json['isDraft']], [true, false]);
});

t.test('only x- headers, five at most', async (t) => {
  const client = await startGraph(t);
  const create = (names: readonly string[]) =>
    post(client, '~/messages', { subject: 'x', internetMessageHeaders: names.map((name) => ({ name, value: '1' })) });
  t.equal((await create(['x-a'])).status, 201);
  t.equal((await create(['In-Reply-To'])).code, 'InvalidInternetMessageHeader');
  t.equal((await create(['x-1', 'x-2', 'x-3', 'x-4', 'x-5', 'x-6'])).status, 400);
  const draft = {
    subject: 'x',
    attachments: [{ '@odata.type': '#microsoft.graph.fileAttachment', 'name': 'a', 'contentBytes': 'QQ==' }],
  };
  const made = await post(client, '~/messages', draft);
  t.equal(rowsOf(await client.ask(`~/messages/${String(made.json['id'])}/attachments`)).length, 1);
});

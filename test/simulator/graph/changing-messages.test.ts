import t from 'tap';
import { toEwsAlphabet } from '../../../src/ews/ids/alphabet.ts';
import { recipient } from '../../../src/simulator/mailbox/message.ts';
import { BOB, mail } from '../../support/stack.ts';
import { idOf, startGraph, type GraphClient } from './graph-client.ts';

const patch = ({ ask }: GraphClient, id: string, body: object, headers = {}) =>
  ask(`~/messages/${id}`, { method: 'PATCH', body, headers });

t.test('what is free changes, what says what the message says does not', async (t) => {
  const client = await startGraph(t);
  const { deliver, simulator, tokenWith, ask } = client;
  const id = await deliver();
  const free = await patch(client, id, {
    isRead: true,
    categories: ['Done'],
    importance: 'HIGH',
    flag: { flagStatus: 'flagged' },
  });
  t.match(free.json, { isRead: true, categories: ['Done'], importance: 'high', flag: { flagStatus: 'flagged' } });
  const refused = await patch(client, id, { subject: 'Other' });
  t.same([refused.code, refused.json.error?.message], ['ErrorInvalidPropertySet', 'Message is not draft.']);
  simulator.graph.behaviour = { ...simulator.graph.behaviour, contentOfNonDrafts: 'unchanged' };
  const unchanged = await patch(client, id, { subject: 'Other' });
  t.same([unchanged.status, unchanged.json['subject']], [200, 'Invoice 4711'], '200, and nothing changed');
  simulator.graph.behaviour = { ...simulator.graph.behaviour, mailAdvancedGate: true };
  t.equal((await patch(client, id, { subject: 'Other' })).code, 'ErrorAccessDenied');
  t.equal((await patch(client, id, { isRead: false })).status, 200, 'the read flag stays free');
  const token = tokenWith(['Mail.ReadWrite', 'Mail-Advanced.ReadWrite.All']);
  const advanced = await ask(`~/messages/${id}`, { method: 'PATCH', body: { subject: 'Other' }, token });
  t.equal(advanced.json['subject'], 'Other');
});

t.test('a due date needs a start date', async (t) => {
  const client = await startGraph(t);
  const id = await client.deliver();
  const date = { dateTime: '2026-11-24T10:00:00', timeZone: 'UTC' };
  t.equal((await patch(client, id, { flag: { flagStatus: 'flagged', dueDateTime: date } })).status, 400);
  t.equal(
    (await patch(client, id, { flag: { flagStatus: 'flagged', startDateTime: date, dueDateTime: date } })).status,
    200,
  );
});

t.test('an old version is a conflict, in the header and in the body', async (t) => {
  const client = await startGraph(t);
  const id = await client.deliver();
  const etag = String((await client.ask(`~/messages/${id}`)).json['@odata.etag']);
  t.equal((await patch(client, id, { isRead: true }, { 'if-match': etag })).status, 200);
  for (const [body, headers] of [
    [{ isRead: false }, { 'if-match': etag }],
    [{ 'isRead': false, '@odata.etag': etag }, {}],
  ] as const) {
    const conflict = await patch(client, id, body, headers);
    t.same([conflict.status, conflict.code], [412, 'ErrorIrresolvableConflict']);
  }
  t.equal((await patch(client, id, { isRead: false })).status, 200);
  const { graph } = client.simulator;
  graph.behaviour = { ...graph.behaviour, ifMatch: 'ignored', etagInBody: 'ignored' };
  t.equal((await patch(client, id, { '@odata.etag': etag }, { 'if-match': etag })).status, 200);
});

t.test('marking read sends a receipt that was asked for, once', async (t) => {
  const client = await startGraph(t);
  const message = { ...mail('Please confirm'), from: recipient(BOB), isReadReceiptRequested: true };
  const id = await client.deliver(message);
  for (const isRead of [true, true]) await patch(client, id, { isRead });
  const received = client.bob.items.list(client.bob.folders.resolve('inbox').id);
  t.same(
    received.map(({ subject }) => subject),
    ['Read: Please confirm'],
  );
});

t.test('where messages go that are deleted', async (t) => {
  const client = await startGraph(t);
  const { alice, ask, deliver, simulator } = client;
  const left = (): string[] =>
    ['deleteditems', 'recoverableitemsdeletions', 'recoverableitemspurges'].filter(
      (name) => alice.counts(name).total > 0,
    );
  const id = await deliver();
  t.equal((await ask(`~/messages/${id}`, { method: 'DELETE' })).status, 204);
  t.same(left(), ['recoverableitemsdeletions']);
  const [recoverable] = (await ask('~/mailFolders/recoverableitemsdeletions/messages')).json.value ?? [];
  const again = await ask(`~/messages/${String(recoverable?.['id'])}`, { method: 'DELETE' });
  t.same([again.status, again.code], [403, 'ErrorCannotDeleteObject']);
  alice.emptyFolder('recoverableitemsdeletions', 'hard');
  simulator.graph.behaviour = { ...simulator.graph.behaviour, deletedMessages: 'deletedItems' };
  t.equal((await ask(`~/messages/${await deliver()}`, { method: 'DELETE' })).status, 204);
  t.same(left(), ['deleteditems']);
  alice.emptyFolder('deleteditems', 'hard');
  const purged = await deliver();
  const purge = () =>
    ask(`~/messages/${purged}/permanentDelete`, { method: 'POST', headers: { 'content-length': '0' } });
  t.equal((await purge()).status, 204);
  t.same(left(), ['recoverableitemspurges']);
  const second = await purge();
  t.same([second.status, second.code], [403, 'ErrorCannotDeleteObject']);
});

t.test('moved and copied messages have new ids', async (t) => {
  const { alice, ask, deliver } = await startGraph(t);
  const id = await deliver();
  const copied = await ask(`~/messages/${id}/copy`, { method: 'POST', body: { destinationId: 'drafts' } });
  t.equal(copied.status, 201);
  const moved = await ask(`~/messages/${id}/move`, { method: 'POST', body: { DestinationId: 'deleteditems' } });
  t.not(moved.json['id'], id);
  t.equal((await ask(`~/messages/${id}`)).status, 404);
  t.equal(alice.item(toEwsAlphabet(String(moved.json['id']))).folderId, alice.folders.resolve('deleteditems').id);
  const nowhere = { method: 'POST', body: { destinationId: 'nowhere' } };
  t.equal(
    (await ask(`~/messages/${idOf(alice.item(toEwsAlphabet(String(copied.json['id']))))}/move`, nowhere)).status,
    400,
  );
});

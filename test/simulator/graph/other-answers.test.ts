/** Points on which sources disagree, each with both answers. */
import t from 'tap';
import { flipped, type BehaviourPoint } from '../../../src/simulator/graph/behaviour.ts';
import { mail } from '../../support/stack.ts';
import { idOf, rowsOf, startGraph, subjects, type GraphClient } from './graph-client.ts';

/** Asks with one answer, then with the other. */
async function both<T>(
  { simulator: { graph } }: GraphClient,
  point: BehaviourPoint,
  ask: () => Promise<T>,
): Promise<T[]> {
  const first = await ask();
  graph.behaviour = flipped(graph.behaviour, point);
  const second = await ask();
  graph.behaviour = flipped(graph.behaviour, point);
  return [first, second];
}

const EMPTY = { method: 'POST', headers: { 'content-length': '0' } };

t.test('messages that were purged', async (t) => {
  const client = await startGraph(t);
  await client.ask(`~/messages/${await client.deliver()}/permanentDelete`, EMPTY);
  const [item] = client.alice.items.list(client.alice.folders.resolve('recoverableitemspurges').id);
  if (item === undefined) throw new Error('not purged');
  const read = async (): Promise<number> => (await client.ask(`~/messages/${idOf(item)}`)).status;
  t.same(await both(client, 'purgedMessages', read), [404, 200]);
});

t.test('read-only members, properties set to null, and the gate on extended properties', async (t) => {
  const client = await startGraph(t);
  const id = await client.deliver();
  const patch = (body: object) => async (): Promise<number> =>
    (await client.ask(`~/messages/${id}`, { method: 'PATCH', body })).status;
  t.same(await both(client, 'readOnlyMembers', patch({ hasAttachments: true, isRead: true })), [200, 400]);
  const property = (value: string | null) => ({ singleValueExtendedProperties: [{ id: 'String 0x3a00', value }] });
  await patch(property('x'))();
  t.same(await both(client, 'nullProperty', patch(property(null))), [200, 400]);
  const expand = "$expand=singleValueExtendedProperties($filter=id eq 'String 0x3a00')";
  t.notOk('singleValueExtendedProperties' in (await client.ask(`~/messages/${id}?${expand}`)).json, 'it went');
  const { graph } = client.simulator;
  graph.behaviour = { ...graph.behaviour, mailAdvancedGate: true };
  t.same(await both(client, 'gateOnExtendedProperties', patch(property('y'))), [200, 403]);
});

t.test('folders: hidden children, and why a removed one is removed', async (t) => {
  const client = await startGraph(t);
  client.alice.createFolder('inbox', { displayName: 'hidden', isHidden: true });
  const count = async (): Promise<unknown> => (await client.ask('~/mailFolders/inbox')).json['childFolderCount'];
  t.same(await both(client, 'hiddenChildren', count), [0, 1]);
  const gone = client.alice.createFolder('inbox', { displayName: 'gone' });
  const headers = { prefer: 'odata.maxpagesize=200' };
  const link = String((await client.ask('~/mailFolders/delta', { headers })).json['@odata.deltaLink']);
  client.alice.deleteFolder(gone.id, 'hard');
  const reason = async (): Promise<unknown> => rowsOf(await client.ask(link, { headers }))[0]?.['@removed'];
  t.same(await both(client, 'removedFolder', reason), [{ reason: 'deleted' }, { reason: 'changed' }]);
});

t.test('a token of the generation before', async (t) => {
  const client = await startGraph(t);
  const old = String((await client.ask('~/mailFolders/inbox/messages/delta')).json['@odata.deltaLink']);
  await client.ask(old);
  const again = async (): Promise<number> => (await client.ask(old)).status;
  t.same(await both(client, 'deltaGenerations', again), [200, 410]);
});

t.test('the order of filtered lists, and startswith beside a sort order', async (t) => {
  const client = await startGraph(t);
  await client.deliver('first', '2026-11-24T10:00:00Z');
  await client.deliver('second', '2026-11-24T10:00:01Z');
  const list = async (): Promise<unknown[]> =>
    subjects(await client.ask('~/mailFolders/inbox/messages?$filter=isRead eq false'));
  t.same(await both(client, 'unsortedFilter', list), [
    ['second', 'first'],
    ['first', 'second'],
  ]);
  const filter = "$filter=receivedDateTime ge 1900-01-01T00:00:00Z and startswith(subject,'f')";
  const sorted = async (): Promise<number> =>
    (await client.ask(`~/mailFolders/inbox/messages?${filter}&$orderby=receivedDateTime`)).status;
  t.same(await both(client, 'startswithSorted', sorted), [200, 400]);
});

t.test('transport headers of what was sent', async (t) => {
  const client = await startGraph(t);
  const item = client.alice.copy((await client.alice.deliver(mail('x'))).id, 'sentitems');
  const expand = "$expand=singleValueExtendedProperties($filter=id eq 'String 0x007D')";
  const shown = async (): Promise<boolean> =>
    'singleValueExtendedProperties' in (await client.ask(`~/messages/${idOf(item)}?${expand}`)).json;
  t.same(await both(client, 'headersOfSentItems', shown), [false, true]);
});

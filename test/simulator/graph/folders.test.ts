import t from 'tap';
import { startGraph, rowsOf, type Json } from './graph-client.ts';

const names = (rows: readonly Json[]): unknown[] => rows.map(({ displayName }) => displayName);

t.test('lists show children of the root, mail only, hidden ones where asked', async (t) => {
  const { ask, alice } = await startGraph(t);
  alice.createFolder('msgfolderroot', { displayName: 'Aa hidden', isHidden: true });
  alice.createFolder('inbox', { displayName: "O'Brien" });
  const all = names(rowsOf(await ask('~/mailFolders?$top=100')));
  t.ok(all.includes('Inbox') && all.includes('Sent Items'));
  t.notOk(all.includes("O'Brien"), 'not below the children');
  t.notOk(all.includes('Notes') || all.includes('Calendar'), 'no other kinds');
  t.notOk(all.includes('Aa hidden'));
  t.ok(names(rowsOf(await ask('~/mailFolders?$top=100&includeHiddenFolders=true'))).includes('Aa hidden'));
  const found = await ask("~/mailFolders/inbox/childFolders?$filter=displayName eq 'O''Brien'");
  t.same(names(rowsOf(found)), ["O'Brien"]);
  const id = String(rowsOf(found)[0]?.['id']);
  t.equal((await ask(`~/mailFolders/inbox/childFolders/${id}/messages`)).status, 200);
  t.match((await ask('~/mailFolders/inbox')).json, { displayName: 'Inbox', childFolderCount: 1, totalItemCount: 0 });
  const expand = "$expand=singleValueExtendedProperties($filter=id eq 'String 0x3613')";
  t.match((await ask(`~/mailFolders/inbox?${expand}`)).json, {
    singleValueExtendedProperties: [{ id: 'String 0x3613', value: 'IPF.Note' }],
  });
});

t.test('the parent of msgfolderroot may be out of reach, Recoverable Items unknown by name', async (t) => {
  const { ask, simulator } = await startGraph(t);
  const top = (await ask('~/mailFolders/msgfolderroot')).json;
  t.equal((await ask(`~/mailFolders/${String(top['parentFolderId'])}`)).status, 200);
  const below = rowsOf(await ask('~/mailFolders/recoverableitemsroot/childFolders'));
  t.same(names(below), ['Deletions', 'Purges', 'Versions']);
  simulator.graph.behaviour = { ...simulator.graph.behaviour, rootFolder: 'notFound', recoverableNames: 'unknown' };
  t.equal((await ask(`~/mailFolders/${String(top['parentFolderId'])}`)).status, 404);
  t.equal((await ask('~/mailFolders/recoverableitemsroot')).code, 'ErrorInvalidIdMalformed');
  t.equal((await ask('~/mailFolders/recoverableitemsdeletions')).status, 200, 'that one is documented');
});

t.test('folders are made, renamed, moved, copied and deleted', async (t) => {
  const { ask, alice, simulator } = await startGraph(t);
  const post = (path: string, body: object) => ask(path, { method: 'POST', body });
  const made = await post('~/mailFolders/inbox/childFolders', {
    displayName: 'Processed',
    singleValueExtendedProperties: [{ id: 'String 0x3613', value: 'IPF.Note.Special' }],
  });
  t.equal(made.status, 201);
  const id = String(made.json['id']);
  const twice = await post('~/mailFolders/inbox/childFolders', { displayName: 'processed' });
  t.same([twice.status, twice.code], [409, 'ErrorFolderExists']);
  t.match(twice.json.error?.message, /Could not create folder 'processed'\.$/);
  const renamed = await ask(`~/mailFolders/${id}`, { method: 'PATCH', body: { displayName: 'Done' } });
  t.match(renamed.json, { id, displayName: 'Done' });
  t.equal((await ask('~/mailFolders/inbox', { method: 'PATCH', body: { displayName: 'x' } })).status, 400);
  t.equal((await post(`~/mailFolders/${id}/copy`, { destinationId: 'drafts' })).status, 201);
  t.equal((await post(`~/mailFolders/${id}/move`, { destinationId: 'inbox' })).status, 409, 'it is there');
  t.equal((await post(`~/mailFolders/${id}/move`, { destinationId: 'msgfolderroot' })).json['id'], id);
  t.equal((await ask(`~/mailFolders/${id}`, { method: 'DELETE' })).status, 204);
  t.ok(alice.folders.childNamed(alice.folders.resolve('deleteditems').id, 'Done'));
  simulator.graph.behaviour = {
    ...simulator.graph.behaviour,
    moveToSameParent: 'unchanged',
    deletedFolders: 'recoverable',
  };
  t.equal((await post(`~/mailFolders/${id}/move`, { destinationId: 'deleteditems' })).status, 201);
  t.equal((await ask(`~/mailFolders/${id}`, { method: 'DELETE' })).status, 204);
  t.equal((await ask(`~/mailFolders/${id}`)).status, 404);
});

t.test('counters may be one look behind', async (t) => {
  const { ask, deliver } = await startGraph(t, { folderCounters: 'late' });
  const total = async (): Promise<unknown> => (await ask('~/mailFolders/inbox')).json['totalItemCount'];
  t.equal(await total(), 0);
  await deliver();
  t.same([await total(), await total()], [0, 1]);
});

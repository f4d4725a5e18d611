import t from 'tap';
import { ALL_A, ALL_B } from '../../../src/simulator/graph/behaviour.ts';
import { codesOf, startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { startStack } from '../../support/stack.ts';
import { syncAnswer } from '../../support/sync-client.ts';

const DEFAULT = '<t:BaseShape>Default</t:BaseShape>';

function syncFolders(state?: string, folder = '', shape = DEFAULT): string {
  return envelope(
    `<m:SyncFolderHierarchy><m:FolderShape>${shape}</m:FolderShape>` +
      `${folder === '' ? '' : `<m:SyncFolderId>${folder}</m:SyncFolderId>`}` +
      `${state === undefined ? '' : `<m:SyncState>${state}</m:SyncState>`}</m:SyncFolderHierarchy>`,
  );
}

/** Changes by kind and name; a deleted folder by its id. */
function told(text: string): string[] {
  return [...text.matchAll(/<t:(Create|Update|Delete)>(.*?)<\/t:\1>/gs)].map(
    ([, kind = '', inner = '']) =>
      `${kind} ${/<t:DisplayName>([^<]*)</.exec(inner)?.[1] ?? /FolderId Id="([^"]+)"/.exec(inner)?.[1]}`,
  );
}

const id = (folderId: string): string => `<t:FolderId Id="${folderId}"/>`;

for (const [name, behaviour] of Object.entries({ A: ALL_A, B: ALL_B }))
  t.test(`folders that come, change, move and go: ${name}`, async (t) => {
    const { graph, mailbox } = await startDifferential(t);
    graph.simulator.graph.behaviour = behaviour;
    const outer = mailbox.createFolder('inbox', { displayName: 'Outer', folderClass: 'IPF.Note' });
    const inner = mailbox.createFolder(outer.id, { displayName: 'Inner', folderClass: 'IPF.Note' });
    const other = mailbox.createFolder('msgfolderroot', { displayName: 'Other', folderClass: 'IPF.Note' });
    const ask = async (state?: string, folder?: string): Promise<{ state: string; told: string[] }> => {
      const { text } = await graph.post(syncFolders(state, folder));
      return { state: syncAnswer({ text }).state, told: told(text) };
    };
    const [all, below] = [await ask(), await ask(undefined, id(outer.id))];
    t.ok(all.told.includes('Create Inbox') && all.told.indexOf('Create Outer') < all.told.indexOf('Create Inner'));
    t.same(below.told, ['Create Inner']);
    const unchanged = await ask(all.state);
    t.same(unchanged.told, []);
    mailbox.updateFolder(inner.id, { displayName: 'Renamed' });
    const renamed = await ask(below.state, id(outer.id));
    t.same(renamed.told, ['Update Renamed']);
    mailbox.moveFolder(outer.id, other.id);
    const [moved, belowOther] = [await ask(unchanged.state), await ask(undefined, id(other.id))];
    t.ok(moved.told.includes('Update Outer') && moved.told.includes('Update Renamed'));
    t.same(belowOther.told.toSorted(), ['Create Outer', 'Create Renamed']);
    mailbox.moveFolder(outer.id, 'inbox');
    const left = await ask(belowOther.state, id(other.id));
    t.same(left.told, [`Delete ${inner.id}`, `Delete ${outer.id}`], 'what lies below it is gone too');
    mailbox.moveFolder(outer.id, other.id);
    const back = await ask(left.state, id(other.id));
    t.same(back.told, ['Create Outer', 'Create Renamed']);
    mailbox.deleteFolder(outer.id, 'hard');
    t.same((await ask(back.state, id(other.id))).told, [`Delete ${inner.id}`, `Delete ${outer.id}`]);
  });

t.test('folders are written as GetFolder writes them, with what was asked for', async (t) => {
  const { graph, ews } = await startDifferential(t);
  const shape =
    '<t:BaseShape>Default</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:FolderClass"/>' +
    '<t:FieldURI FieldURI="folder:ParentFolderId"/><t:ExtendedFieldURI PropertyTag="0x10f4" PropertyType="Boolean"/>' +
    '</t:AdditionalProperties>';
  const folders = async (post: typeof ews): Promise<Map<string, string>> => {
    const { text } = await post(syncFolders(undefined, undefined, shape));
    const list = [...text.matchAll(/<t:Create>(.*?)<\/t:Create>/gs)].map(([, inner = '']) =>
      inner.replaceAll(/ ChangeKey="[^"]*"/g, ''),
    );
    return new Map(list.map((inner) => [/<t:FolderId Id="([^"]+)"/.exec(inner)?.[1] ?? '', inner]));
  };
  const [through, direct] = [await folders(graph.post), await folders(ews)];
  t.ok(through.size > 5);
  for (const [folder, markup] of through) t.equal(markup, direct.get(folder));
});

t.test('from the root on msgfolderroot is reported, once', async (t) => {
  const { post } = await startStack(t, { backend: 'graph' });
  const root = '<t:DistinguishedFolderId Id="root"/>';
  const { text } = await post(syncFolders(undefined, root));
  t.match(told(text)[0], 'Create Top of Information Store');
  t.ok(told(text).includes('Create Inbox'));
  t.same(told((await post(syncFolders(syncAnswer({ text }).state, root))).text), []);
});

t.test('a forged or foreign state makes clients start over, a folder that is gone is reported', async (t) => {
  const { graph, mailbox } = await startDifferential(t);
  const folder = mailbox.createFolder('inbox', { displayName: 'Outer', folderClass: 'IPF.Note' });
  const { state } = syncAnswer(await graph.post(syncFolders(undefined, id(folder.id))));
  for (const body of [
    syncFolders(state),
    syncFolders('AAAA'),
    syncFolders(state, '<t:DistinguishedFolderId Id="inbox"/>'),
  ])
    t.same(codesOf((await graph.post(body)).text), ['ErrorInvalidSyncStateData']);
  mailbox.deleteFolder(folder.id, 'hard');
  for (const given of [undefined, state])
    t.same(codesOf((await graph.post(syncFolders(given, id(folder.id)))).text), ['ErrorSyncFolderNotFound']);
});

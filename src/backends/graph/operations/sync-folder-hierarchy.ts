/**
 * SyncFolderHierarchy, from Graph's change tracking of the mailbox's folders.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/syncfolderhierarchy-operation
 * @see https://learn.microsoft.com/graph/api/mailfolder-delta
 */
import { child, children, textAt } from '../../../ews/element.ts';
import { toEwsAlphabet, toGraphAlphabet } from '../../../ews/ids/alphabet.ts';
import { wantedFolderProperties } from '../../../ews/properties/wanted.ts';
import { folderShape } from '../../../ews/shape.ts';
import { element, xml } from '../../../ews/xml.ts';
import { folderElement, folderQuery } from '../folders/folder-element.ts';
import { topFolders } from '../folders/folder-tree.ts';
import { messages, versionOf, type Operation } from '../operation.ts';
import type { GraphFolder } from '../properties/folder.ts';
import { noChangeTracking, staleState } from '../sync/delta.ts';
import { foldersSince, type FoldersState } from '../sync/folder-changes.ts';
import { syncTarget } from '../sync/sync-target.ts';
import { distinguished, type FolderTarget } from '../targets.ts';

/** What a SyncState holds. */
interface HierarchyState {
  /** EWS's id of the folder whose descendants are synchronised. */
  readonly top: string;
  readonly folders: FoldersState;
}

export const syncFolderHierarchy: Operation = (context) =>
  messages('SyncFolderHierarchy', [context.request], 'synced folder', async (request) => {
    const { capabilities, states, assertPatience } = context;
    if (!capabilities.delta) throw noChangeTracking();
    const wanted = wantedFolderProperties(folderShape(child(request, 'FolderShape')), versionOf(context));
    const named = children(child(request, 'SyncFolderId'))[0];
    const target = named === undefined ? distinguished(context.own, 'msgfolderroot') : await syncTarget(context, named);
    const { calls, mailbox } = target.scope;
    const given = textAt(request, 'SyncState') ?? '';
    const known = given === '' ? undefined : states.open<HierarchyState>('sync-hierarchy', mailbox.address, given);
    if (given !== '' && known?.top !== target.id) throw staleState();
    const query = folderQuery(wanted.extended, capabilities);
    // Below the root lies msgfolderroot, which Graph does not list; it neither comes nor goes.
    const visible = target.isRoot ? distinguished(target.scope, 'msgfolderroot') : target;
    const top = toGraphAlphabet(visible.id);
    const needsReading = wanted.has('folder:FolderClass') || wanted.extended.length > 0;
    const { created, updated, deleted, state } = await foldersSince(
      { calls, top, query, needsReading, assertPatience },
      known?.folders ?? { parents: [] },
    );
    await assertExists(visible, state);
    const first = target.isRoot && known === undefined ? await topFolders(target.scope, query) : [];
    const written = (kind: string, folders: readonly GraphFolder[]) =>
      folders.map((folder) => element(kind, folderElement(folder, wanted, mailbox)));
    const changes = [
      ...written('Create', [...first, ...created]),
      ...written('Update', updated),
      ...deleted.map((id) => xml`<t:Delete><t:FolderId Id="${toEwsAlphabet(id)}"/></t:Delete>`),
    ];
    context.sink.items(changes.length);
    const sealed = states.seal('sync-hierarchy', mailbox.address, {
      top: target.id,
      folders: state,
    } satisfies HierarchyState);
    return xml`<m:SyncState>${sealed}</m:SyncState>
      <m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange><m:Changes>${changes}</m:Changes>`;
  });

/** A folder that Graph does not list may be hidden, or gone. @throws GraphError where it is gone */
async function assertExists({ scope, id, segment }: FolderTarget, { parents }: FoldersState): Promise<void> {
  const graphId = toGraphAlphabet(id);
  if (id === scope.mailbox.folders.get('msgfolderroot') || parents.some(([one]) => one === graphId)) return;
  await scope.calls.get(`/mailFolders/${segment}`, { $select: 'id' });
}

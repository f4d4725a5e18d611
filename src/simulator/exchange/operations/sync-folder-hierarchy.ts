/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/syncfolderhierarchy-operation */
import { children, child, textAt } from '../../../ews/element.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import type { WantedFolderProperties } from '../../../ews/properties/wanted.ts';
import type { Mailbox } from '../../mailbox/mailbox.ts';
import type { Folder } from '../../mailbox/types.ts';
import { folderOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { readSyncState, syncState } from '../sync-state.ts';
import { folderElement, folderView } from '../views.ts';

export const syncFolderHierarchy: Operation = {
  name: 'SyncFolderHierarchy',
  answer: (context) => {
    const { request, mailbox } = context;
    return answerEach('SyncFolderHierarchy', [request], () => {
      const wanted = folderView(context);
      const scope = children(child(request, 'SyncFolderId'))[0];
      const top =
        scope === undefined
          ? mailbox.folders.resolve('msgfolderroot')
          : folderOf(context, scope, 'ErrorSyncFolderNotFound');
      const since = readSyncState(mailbox, top.id, textAt(request, 'SyncState'));
      const all = mailbox.folders.descendants(top.id);
      const changes =
        since === undefined
          ? all.map((folder) => xml`<t:Create>${folderElement(mailbox, folder, wanted)}</t:Create>`)
          : changesSince(mailbox, all, since.seen, wanted);
      const state = syncState(top.id, { seen: mailbox.changes.head });
      const last = xml`<m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>`;
      return xml`<m:SyncState>${state}</m:SyncState>${last}<m:Changes>${changes}</m:Changes>`;
    });
  },
};

/** Each folder once, as it is now: what came, what changed and what is no longer below the top. */
function changesSince(
  mailbox: Mailbox,
  all: readonly Folder[],
  seen: number,
  wanted: WantedFolderProperties,
): XmlFragment[] {
  const kinds = new Map<string, 'Create' | 'Update'>();
  for (const { what, kind, id } of mailbox.changes.since(seen) ?? [])
    if (what === 'folder' && !kinds.has(id))
      kinds.set(id, kind === 'created' || kind === 'copied' ? 'Create' : 'Update');
  const below = new Map(all.map((folder) => [folder.id, folder]));
  return [...kinds].flatMap(([id, kind]) => {
    const folder = below.get(id);
    if (folder === undefined) return kind === 'Create' ? [] : [xml`<t:Delete><t:FolderId Id="${id}"/></t:Delete>`];
    const markup = folderElement(mailbox, folder, wanted);
    return [kind === 'Create' ? xml`<t:Create>${markup}</t:Create>` : xml`<t:Update>${markup}</t:Update>`];
  });
}

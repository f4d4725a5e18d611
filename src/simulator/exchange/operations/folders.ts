/**
 * GetFolder, FindFolder, CreateFolder, SyncFolderHierarchy.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-operations-in-exchange
 */
import { folderElement, wantedProperties, type WantedProperties } from '../item-xml.ts';
import { folderOf, listOf, page, responseMessages, type Operation } from '../operation.ts';
import { FOLDER_FIELDS, restriction } from '../restriction.ts';
import { readSyncState, syncState } from '../sync-state.ts';
import { child, children, textAt, wrap } from '../xml.ts';

const ID_ONLY: WantedProperties = { shape: 'IdOnly', fields: new Set(), extended: [], includeMime: false };

export const getFolder: Operation = (context) => {
  const wanted = wantedProperties(child(context.request, 'FolderShape'));
  return responseMessages(
    'GetFolder',
    listOf(context, 'FolderIds'),
    (id) => `<m:Folders>${folderElement(context.mailbox, folderOf(context, id), wanted)}</m:Folders>`,
  );
};

export const findFolder: Operation = (context) => {
  const { request, mailbox } = context;
  const wanted = wantedProperties(child(request, 'FolderShape'));
  const deep = request.getAttribute('Traversal') === 'Deep';
  return responseMessages('FindFolder', listOf(context, 'ParentFolderIds'), (id) => {
    const fits = restriction(child(request, 'Restriction'), FOLDER_FIELDS);
    const parent = folderOf(context, id).id;
    const found = (deep ? mailbox.folders.descendants(parent) : mailbox.folders.children(parent)).filter(fits);
    const { items, attributes } = page(child(request, 'IndexedPageFolderView'), found);
    return `<m:RootFolder${attributes}>${wrap('Folders', items.map((folder) => folderElement(mailbox, folder, wanted)).join(''))}</m:RootFolder>`;
  });
};

export const createFolder: Operation = (context) => {
  const { request, mailbox } = context;
  return responseMessages('CreateFolder', listOf(context, 'Folders'), (element) => {
    const parent = folderOf(context, children(child(request, 'ParentFolderId'))[0]);
    const name = textAt(element, 'DisplayName') ?? '';
    const folderClass = textAt(element, 'FolderClass');
    const folder = mailbox.createFolder(parent.id, {
      displayName: name,
      ...(folderClass === undefined ? {} : { folderClass }),
    });
    return `<m:Folders>${folderElement(mailbox, folder, ID_ONLY)}</m:Folders>`;
  });
};

export const syncFolderHierarchy: Operation = (context) => {
  const { request, mailbox } = context;
  const wanted = wantedProperties(child(request, 'FolderShape'));
  return responseMessages('SyncFolderHierarchy', [request], () => {
    const scope = children(child(request, 'SyncFolderId'))[0];
    const top = scope === undefined ? mailbox.folders.wellKnown('msgfolderroot') : folderOf(context, scope);
    const since = readSyncState(mailbox, textAt(request, 'SyncState'));
    const created = new Set(
      (mailbox.changes.since(since?.seen ?? mailbox.changes.head) ?? [])
        .filter((change) => change.what === 'folder')
        .map((change) => change.id),
    );
    const changed = mailbox.folders
      .descendants(top?.id ?? '')
      .filter((folder) => since === undefined || created.has(folder.id));
    const changes = changed.map((folder) => wrap('Create', folderElement(mailbox, folder, wanted))).join('');
    return `<m:SyncState>${syncState(mailbox)}</m:SyncState><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange><m:Changes>${changes}</m:Changes>`;
  });
};

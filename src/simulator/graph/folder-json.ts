/**
 * Folders as Graph shows them.
 *
 * @see https://learn.microsoft.com/graph/api/resources/mailfolder
 */
import { toGraphAlphabet } from '../../ews/ids/alphabet.ts';
import type { Folder } from '../mailbox/types.ts';
import type { GraphBehaviour } from './behaviour.ts';
import type { Call } from './call.ts';
import { expanded, folderProperty } from './extended-properties.ts';
import type { Json } from './content-json.ts';
import type { QueryOptions } from './query-options.ts';

/** Lists show folders of mail only [code: notes through Graph; thread s1t5/mail-archiver#370]. */
export function isMailFolder({ folderClass, wellKnownName }: Folder, { foldersWithoutClass }: GraphBehaviour): boolean {
  // The top of the mailbox has none, and is known by its name [doc mailFolder].
  if (folderClass === '') return wellKnownName !== undefined || foldersWithoutClass === 'mail';
  return /^IPF\.(?:Note|Root)\b/.test(folderClass);
}

export function folderJson(
  call: Call,
  folder: Folder,
  { select, expand }: Pick<QueryOptions, 'select' | 'expand'>,
): Json {
  const { mailbox, service } = call;
  const { behaviour, model } = service;
  const counts = mailbox.counts(folder.id);
  let { total, unread } = counts;
  if (behaviour.folderCounters === 'late') {
    const key = `${mailbox.guid} ${folder.id}`;
    const late = service.lateCounts.get(key);
    service.lateCounts.set(key, { total, unread });
    if (late !== undefined) ({ total, unread } = late);
  }
  const hidden = behaviour.hiddenChildren === 'counted' ? 0 : counts.hiddenChildFolders;
  const all: Json = {
    id: toGraphAlphabet(folder.id),
    displayName: folder.displayName,
    parentFolderId: folder.parentId === undefined ? null : toGraphAlphabet(folder.parentId),
    childFolderCount: counts.childFolders - hidden,
    unreadItemCount: unread,
    totalItemCount: total,
    isHidden: folder.isHidden,
  };
  const json: Json = folder.isSearchFolder ? { '@odata.type': '#microsoft.graph.mailSearchFolder' } : {};
  for (const [name, value] of Object.entries(all))
    if (name === 'id' || ((select?.includes(name) ?? true) && model.member('mailFolder', name) !== undefined))
      json[name] = value;
  for (const { name, properties } of expand)
    if (name.endsWith('ValueExtendedProperties')) {
      const found = expanded(properties, (path) => folderProperty(folder, mailbox, path));
      if (found.length > 0) json[name] = found;
    } else if (name === 'childFolders')
      json[name] = mailbox.folders
        .children(folder.id)
        .filter((child) => isMailFolder(child, behaviour) && !child.isHidden)
        .map((child) => folderJson(call, child, { select: undefined, expand: [] }));
  return json;
}

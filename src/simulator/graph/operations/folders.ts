/**
 * Reading folders.
 *
 * @see https://learn.microsoft.com/graph/api/user-list-mailfolders
 * @see https://learn.microsoft.com/graph/api/mailfolder-list-childfolders
 */
import type { Folder } from '../../mailbox/types.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { itemNotFound } from '../errors.ts';
import { folderProperty } from '../extended-properties.ts';
import { checkFilter } from '../filter-check.ts';
import { matches } from '../filter-eval.ts';
import { folderJson, isMailFolder } from '../folder-json.ts';
import { entityJson, listJson, pageOf } from '../paging.ts';

/** The children of msgfolderroot. */
export function listFolders(call: Call): GraphAnswer {
  return list(call, call.mailbox.folders.resolve('msgfolderroot'));
}

export function listChildFolders(call: Call): GraphAnswer {
  return list(call, call.folder());
}

function list(call: Call, parent: Folder): GraphAnswer {
  const options = call.options('mailFolder');
  const { model, behaviour } = call.service;
  const { filter } = options;
  if (filter !== undefined) checkFilter(filter, { model, type: 'mailFolder', behaviour });
  const withHidden = [...call.request.query].some(
    ([name, value]) => name.toLowerCase() === 'includehiddenfolders' && value.toLowerCase() === 'true',
  );
  const rows = call.mailbox.folders
    .children(parent.id)
    .filter((folder) => isMailFolder(folder, behaviour) && (withHidden || !folder.isHidden))
    .filter((folder) => {
      const json = filter === undefined ? {} : folderJson(call, folder, { select: undefined, expand: [] });
      return (
        filter === undefined ||
        matches(
          filter,
          (path) => json[path],
          (path) => folderProperty(folder, call.mailbox, path),
        )
      );
    })
    .toSorted((a, b) => a.displayName.localeCompare(b.displayName, 'en'));
  const page = pageOf(call, rows.length, options, (start, end) => rows.slice(start, end));
  return {
    status: 200,
    json: listJson(
      call,
      { rows: page.rows.map((folder) => folderJson(call, folder, options)), nextLink: page.nextLink },
      options.count ? { '@odata.count': rows.length } : {},
    ),
  };
}

export function getFolder(call: Call): GraphAnswer {
  const options = call.options('mailFolder');
  const folder = call.folder();
  // Its messages can be listed all the same [code: notes through Graph].
  // One without a class may not be listed, but can be read: the documented name msgfolderroot is one of them.
  if (folder.folderClass !== '' && !isMailFolder(folder, call.service.behaviour)) throw itemNotFound();
  return { status: 200, json: entityJson(call, folderJson(call, folder, options)) };
}

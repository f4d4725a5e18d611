/**
 * All folders below one, which Graph gives level by level only.
 *
 * @see https://learn.microsoft.com/graph/api/mailfolder-list-childfolders
 */
import type { Scope } from '../operation.ts';
import type { GraphList, Query } from '../service/mailbox-calls.ts';
import { rootFolder, type GraphFolder } from '../properties/folder.ts';
import type { FolderTarget } from '../targets.ts';

const PAGE = 250;
/** More folders than a mailbox may have. */
const MAX_FOLDERS = 20_000;

/** Children of a folder, hidden ones too as in EWS. */
export async function childFolders(
  { scope, segment, isRoot }: Pick<FolderTarget, 'scope' | 'segment' | 'isRoot'>,
  query: Query,
  includesHidden: boolean,
): Promise<GraphFolder[]> {
  const { calls } = scope;
  if (isRoot) return topFolders(scope, query);
  const found: GraphFolder[] = [];
  let page = await calls.get<GraphList<GraphFolder>>(`/mailFolders/${segment}/childFolders`, {
    ...query,
    $top: PAGE,
    includeHiddenFolders: includesHidden ? 'true' : undefined,
  });
  for (;;) {
    found.push(...page.value);
    const link = page['@odata.nextLink'];
    if (link === undefined || found.length > MAX_FOLDERS) return found;
    page = await calls.next<GraphFolder>(link);
  }
}

/** All folders below one, parents before their children. */
export async function descendants(target: FolderTarget, query: Query, includesHidden: boolean): Promise<GraphFolder[]> {
  const found: GraphFolder[] = [];
  let level = await childFolders(target, query, includesHidden);
  while (level.length > 0 && found.length <= MAX_FOLDERS) {
    found.push(...level);
    const parents = level.filter(({ childFolderCount }) => (childFolderCount ?? 0) > 0);
    const below = await Promise.all(
      parents.map(({ id }) => childFolders({ scope: target.scope, segment: id, isRoot: false }, query, includesHidden)),
    );
    level = below.flat();
  }
  return found;
}

/** What lies in the root that Graph does not serve: the top of what users see. */
export async function topFolders({ calls, mailbox }: Scope, query: Query): Promise<GraphFolder[]> {
  const top = await calls.get<GraphFolder>('/mailFolders/msgfolderroot', query);
  return [{ ...top, parentFolderId: rootFolder(mailbox).id }];
}

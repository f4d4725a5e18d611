/**
 * What changed among a mailbox's folders since a state. Graph tells of changes in the whole mailbox, and not of what
 * lies below a folder that was moved; so a state holds which folder lies in which, and what is below the folder that
 * is synchronised is compared before and after.
 *
 * @see https://learn.microsoft.com/graph/api/mailfolder-delta
 */
import type { BatchStep } from '../service/batch.ts';
import type { MailboxCalls, Query } from '../service/mailbox-calls.ts';
import { withQuery } from '../service/paths.ts';
import type { GraphFolder } from '../properties/folder.ts';
import { deltaPage } from './delta.ts';

/** Where a client has got to; plain JSON. Ids are Graph's. */
export interface FoldersState {
  /** Query of the link to what follows; undefined before the first request. */
  readonly next?: string;
  /** Every folder that Graph lists, with its parent. */
  readonly parents: readonly (readonly [id: string, parent: string])[];
}

export interface FoldersSource {
  readonly calls: MailboxCalls;
  /** The folder whose descendants are synchronised. */
  readonly top: string;
  readonly query: Query;
  /** Whether `query` expands what change tracking is not known to give: then changed folders are read one by one. */
  readonly needsReading: boolean;
  /** Called before each page. @throws GatewayError where the client would not wait for more */
  readonly assertPatience: () => void;
}

export interface FolderChanges {
  /** Parents before their children. */
  readonly created: readonly GraphFolder[];
  readonly updated: readonly GraphFolder[];
  /** Children before their parents. */
  readonly deleted: readonly string[];
  readonly state: FoldersState;
}

/** Larger pages are not known to come [measured: 200 do]. */
const PAGE = 200;

/** @throws ResponseError ErrorInvalidSyncStateData where Graph has forgotten the state; GraphError, GatewayError */
export async function foldersSince(source: FoldersSource, state: FoldersState): Promise<FolderChanges> {
  const { calls, top, query } = source;
  const told = new Map<string, GraphFolder>();
  const parents = new Map(state.parents);
  const before = below(parents, top);
  let from: string | Query = state.next ?? { $select: query['$select'] };
  for (let ended = false; !ended;) {
    source.assertPatience();
    const page = await deltaPage<GraphFolder>(calls, '/mailFolders/delta', from, PAGE);
    for (const entry of page.entries) {
      if (entry['@removed'] === undefined) {
        told.set(entry.id, entry);
        parents.set(entry.id, entry.parentFolderId ?? '');
      } else {
        told.delete(entry.id);
        parents.delete(entry.id);
      }
    }
    ({ next: from, ended } = page);
  }
  const after = below(parents, top);
  const changed = [...after].filter((id) => !before.has(id) || told.has(id));
  const folders = await read(source, changed, told);
  return {
    created: folders.filter(({ id }) => !before.has(id)),
    updated: folders.filter(({ id }) => before.has(id)),
    deleted: [...before].filter((id) => !after.has(id)).toReversed(),
    state: { next: from as string, parents: [...parents] },
  };
}

/** The folders below one, level by level. */
function below(parents: ReadonlyMap<string, string>, top: string): ReadonlySet<string> {
  const children = Map.groupBy(parents.keys(), (id) => parents.get(id));
  const found = new Set<string>();
  // What is added while it is walked is walked too; a circle ends at what was found before.
  const level = [top];
  for (const parent of level)
    for (const id of children.get(parent) ?? [])
      if (!found.has(id)) {
        found.add(id);
        level.push(id);
      }
  return found;
}

/** Those that are gone meanwhile are left out: Graph tells of them the next time. */
async function read(
  { calls, query, needsReading }: FoldersSource,
  ids: readonly string[],
  told: ReadonlyMap<string, GraphFolder>,
): Promise<GraphFolder[]> {
  const missing = needsReading ? ids : ids.filter((id) => !told.has(id));
  const steps = missing.map((id): BatchStep => ({ method: 'GET', path: withQuery(`/mailFolders/${id}`, query) }));
  const results = await calls.batch<GraphFolder>(steps);
  const answers = new Map(missing.map((id, index) => [id, results[index]]));
  return ids.flatMap((id) => {
    const answer = answers.get(id);
    if (answer === undefined) return told.get(id) ?? [];
    if ('value' in answer) return [answer.value];
    if (answer.error.status === 404) return [];
    throw answer.error;
  });
}

/**
 * Events of a mailbox, and where a subscription has got to in a folder. Graph has no notifications that are pulled or
 * streamed, so that folders are polled: a list of what was received lately where only new messages are of interest,
 * which costs nothing to begin with, and change tracking otherwise.
 *
 * @see https://learn.microsoft.com/graph/outlook-change-notifications-overview
 */
import { createHash } from 'node:crypto';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import type { PushedQuery } from '../listing/filter.ts';
import type { MailboxCalls } from '../service/mailbox-calls.ts';
import { listMessages } from '../listing/message-list.ts';
import type { MessageQuery } from '../messages/message-query.ts';
import type { GraphMessage } from '../properties/graph-property.ts';
import { isBeingScanned } from '../messages/safe-attachments.ts';
import {
  beginning,
  changesSince,
  type ChangesSource,
  type ChangesState,
  type MessageChange,
} from '../sync/message-changes.ts';

export interface MailboxEvent {
  readonly kind: 'created' | 'newMail' | 'modified' | 'deleted';
  /** EWS's ids. */
  readonly id: string;
  readonly folder: string;
  /** Undefined for a message that is gone. */
  readonly changeKey: string | undefined;
  readonly at: Date;
}

/** Where a subscription has got to in a folder; plain JSON. Times are as Graph writes them. */
export type Position = ListPosition | ChangesPosition;

interface ListPosition {
  readonly kind: 'list';
  /** Messages received from here on are looked at. */
  readonly from: string;
  /** Digests of those among them that were seen. */
  readonly seen: readonly string[];
}

interface ChangesPosition {
  readonly kind: 'changes';
  /** When it began. */
  readonly since: string;
  readonly changes: ChangesState;
}

/** A folder that is watched. */
export interface WatchedFolder {
  readonly calls: MailboxCalls;
  /** Of its mailbox. */
  readonly address: string;
  /** EWS's id; undefined for all folders of the mailbox, which only a list can be of. */
  readonly id: string | undefined;
  /** Graph's id or name. */
  readonly segment: string | undefined;
  /** Whether new messages in it count as new mail: not what was sent, written or thrown away. */
  readonly receives: (folder: string) => boolean;
  readonly waitForScan: boolean;
}

export interface EventsFound {
  readonly events: readonly MailboxEvent[];
  readonly position: Position;
  /** Whether there are more already. */
  readonly more: boolean;
}

/** Messages become visible in another order than they were received in, by minutes at most. */
const OVERLAP = 600_000;
/** Of a list that is reported at once; a position has to stay small. */
const MAX_SEEN = 1_000;
const PAGE = 250;
const CHANGES_PAGE = 500;
/** Earlier than any mail. */
const ALWAYS = '1900-01-01T00:00:00Z';

const OLDEST_FIRST: PushedQuery = {
  orderBy: 'receivedDateTime',
  descending: false,
  condition: undefined,
  exact: true,
  sorted: true,
};

function queryOf({ waitForScan }: WatchedFolder): MessageQuery {
  return {
    $select: 'id,changeKey,parentFolderId,receivedDateTime,createdDateTime,lastModifiedDateTime,isRead,isDraft',
    $expand: waitForScan ? 'attachments($select=name,size)' : undefined,
  };
}

/** The position of one that knows what a folder holds now, and hears of what is received from now on. */
export async function startOfList(folder: WatchedFolder): Promise<Position> {
  const { value } = await folder.calls.get<{ readonly value: readonly GraphMessage[] }>(messagesPath(folder.segment), {
    $orderby: 'receivedDateTime desc',
    $top: 1,
    $select: 'id,receivedDateTime',
  });
  let position: ListPosition = { kind: 'list', from: overlapBefore(value[0]?.receivedDateTime), seen: [] };
  for (let more = true; more;) ({ position, more } = await listedEvents(folder, position, MAX_SEEN));
  return position;
}

/**
 * The same where all changes are of interest: Graph has to go through the whole folder first, which takes a call for
 * each 500 messages. As long as that lasts, what was changed since is told by its date, and removals are not.
 */
export async function startOfChanges(folder: WatchedFolder, isPatient: () => boolean): Promise<Position> {
  const start: Position = { kind: 'changes', since: graphTime(Date.now()), changes: beginning(queryOf(folder)) };
  return (await changeEvents(folder, start, CHANGES_PAGE, isPatient)).position;
}

/**
 * @param limit the most messages
 * @param isPatient whether there is time for another call where a folder is still gone through
 * @throws ResponseError ErrorInvalidSyncStateData where Graph has forgotten the position; GraphError, GatewayError
 */
export function eventsSince(
  folder: WatchedFolder,
  position: Position,
  limit: number,
  isPatient: () => boolean,
): Promise<EventsFound> {
  return position.kind === 'list'
    ? listedEvents(folder, position, limit)
    : changeEvents(folder, position, limit, isPatient);
}

async function listedEvents(
  folder: WatchedFolder,
  position: ListPosition,
  limit: number,
): Promise<EventsFound & { readonly position: ListPosition }> {
  const { from } = position;
  const seen = new Set(position.seen);
  const rows: GraphMessage[] = [];
  const fresh: GraphMessage[] = [];
  let held: string | undefined;
  let more = false;
  const pages = listMessages({
    calls: folder.calls,
    folder: folder.segment,
    query: queryOf(folder),
    pushed: OLDEST_FIRST,
    top: PAGE,
    after: { key: from, ids: [] },
  });
  for await (const page of pages) {
    for (const row of page.rows) {
      // Not seen yet: it is looked at again until it was scanned.
      if (folder.waitForScan && isBeingScanned(row)) held ??= row.receivedDateTime ?? from;
      else {
        rows.push(row);
        if (!seen.has(digest(row.id))) fresh.push(row);
      }
    }
    more = page.more && fresh.length >= limit;
    if (more) break;
  }
  const kept = rows.slice(-MAX_SEEN);
  const overlap = overlapBefore(rows.at(-1)?.receivedDateTime);
  const least = kept.length < rows.length ? (kept[0]?.receivedDateTime ?? from) : from;
  const next = latest(least, held === undefined ? overlap : earliest(held, overlap));
  return {
    events: fresh.flatMap((message) => eventsOfNew(folder, message)),
    position: {
      kind: 'list',
      from: next,
      seen: kept.filter(({ receivedDateTime }) => (receivedDateTime ?? '') >= next).map(({ id }) => digest(id)),
    },
    more,
  };
}

async function changeEvents(
  folder: WatchedFolder,
  position: ChangesPosition,
  limit: number,
  isPatient: () => boolean,
): Promise<EventsFound> {
  const { since } = position;
  const source: ChangesSource = {
    calls: folder.calls,
    folder: folder.segment ?? '',
    query: queryOf(folder),
    waitForScan: folder.waitForScan,
    // As Exchange does; a client that went back to an older watermark has heard of more than that says.
    reportsUnknown: true,
    pageSize: CHANGES_PAGE,
    isPatient,
  };
  const events: MailboxEvent[] = [];
  let { changes } = position;
  let more: boolean;
  do {
    const isFirst = isListing(changes);
    const found = await changesSince(source, changes, isFirst ? CHANGES_PAGE : limit);
    changes = found.state;
    more = !found.ended && !isFirst;
    for (const change of found.changes)
      if (!isFirst || isLater(change, since)) events.push(...eventsOf(folder, change, since, isFirst));
  } while (isListing(changes) && isPatient());
  return { events, position: { kind: 'changes', since, changes }, more };
}

/** Whether the folder is still gone through for the first time. */
function isListing({ first, ended, waiting }: ChangesState): boolean {
  return first && (!ended || waiting.length > 0);
}

function isLater(change: MessageChange, since: string): boolean {
  return change.kind !== 'removed' && (change.view.message.lastModifiedDateTime ?? '') >= since;
}

function eventsOf(folder: WatchedFolder, change: MessageChange, since: string, isFirst: boolean): MailboxEvent[] {
  const id = toEwsAlphabet(change.id);
  if (change.kind === 'removed')
    return [{ kind: 'deleted', id, folder: folder.id ?? '', changeKey: undefined, at: new Date() }];
  const { message } = change.view;
  // While a folder is gone through, all that it holds is new to the gateway, and not to the client.
  const start = isFirst ? since : overlapBefore(since);
  if (change.kind === 'created' && (message.createdDateTime ?? '') >= start) return eventsOfNew(folder, message);
  const kind = change.kind === 'created' && !isFirst ? 'created' : 'modified';
  return [{ kind, id, folder: folder.id ?? '', changeKey: changeKeyOf(message), at: timeOf(message) }];
}

/** As in EWS, new mail is created too. */
function eventsOfNew({ receives }: WatchedFolder, message: GraphMessage): MailboxEvent[] {
  const folder = toEwsAlphabet(message.parentFolderId ?? '');
  const event = {
    id: toEwsAlphabet(message.id),
    folder,
    changeKey: changeKeyOf(message),
    at: timeOf(message),
  };
  const created: MailboxEvent = { kind: 'created', ...event };
  return message.isDraft !== true && receives(folder) ? [created, { kind: 'newMail', ...event }] : [created];
}

function changeKeyOf({ changeKey }: GraphMessage): string | undefined {
  return changeKey ?? undefined;
}

function timeOf({ lastModifiedDateTime }: GraphMessage): Date {
  const time = new Date(lastModifiedDateTime ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? new Date() : time;
}

/** A time in the future would hide what comes before it. */
function overlapBefore(received: string | null | undefined): string {
  const time = Date.parse(received ?? '');
  return Number.isNaN(time) ? ALWAYS : graphTime(Math.min(time, Date.now()) - OVERLAP);
}

function graphTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

function latest(a: string, b: string): string {
  return a > b ? a : b;
}

function earliest(a: string, b: string): string {
  return a < b ? a : b;
}

function messagesPath(segment: string | undefined): string {
  return segment === undefined ? '/messages' : `/mailFolders/${segment}/messages`;
}

/** Short: a few thousand ids do not meet in 48 bits. */
function digest(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 8);
}

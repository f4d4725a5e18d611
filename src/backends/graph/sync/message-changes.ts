/**
 * What changed in a folder since a state: Graph's rounds made into changes as EWS has them. What a page has more than
 * was asked for waits in the state, so that no change is lost or told twice wherever an answer ends.
 *
 * @see https://learn.microsoft.com/graph/delta-query-messages
 */
import { createHash } from 'node:crypto';
import type { MailboxCalls } from '../service/mailbox-calls.ts';
import { viewOf } from '../messages/message-element.ts';
import type { MessageQuery } from '../messages/message-query.ts';
import { messagesById } from '../messages/messages-by-id.ts';
import type { GraphMessage, MessageView } from '../properties/graph-property.ts';
import { isBeingScanned } from '../messages/safe-attachments.ts';
import { deltaPage, type DeltaPage } from './delta.ts';
import { KnownItems, type PackedItems } from './known-items.ts';

/** A change of one message, as it is now. Ids are Graph's. */
export type MessageChange =
  | { readonly kind: 'created' | 'updated' | 'read'; readonly id: string; readonly view: MessageView }
  | { readonly kind: 'removed'; readonly id: string };

/** Where a client has got to in a folder; plain JSON. */
export interface ChangesState {
  /** Query of the link to what follows; undefined before the first request. */
  readonly next?: string | undefined;
  /** Whether the round that was read last is the first one, which lists the folder. */
  readonly first: boolean;
  /** Whether that round has ended, and `next` begins another. */
  readonly ended: boolean;
  /** What was selected when the walk began: Graph keeps to it. */
  readonly question: string;
  readonly known: PackedItems;
  /** Changes of that round that the client has not heard of. */
  readonly waiting: readonly (readonly [kind: EntryKind, id: string])[];
  /** New messages that are not shown before their attachments are scanned. */
  readonly held: readonly string[];
}

/** `whole`: a new or changed message; `read`: nothing but the read flag has changed. */
type EntryKind = 'whole' | 'read' | 'removed';

interface Entry {
  readonly kind: EntryKind;
  readonly id: string;
  /** The message as the page had it, where it had all that is wanted. */
  readonly message?: GraphMessage | undefined;
}

/** A folder, and what is wanted of its messages. */
export interface ChangesSource {
  readonly calls: MailboxCalls;
  /** Graph's id or name of the folder. */
  readonly folder: string;
  /** Has isRead, changeKey and createdDateTime, and what shows whether a message is being scanned. */
  readonly query: MessageQuery;
  /** Whether messages are held back while Safe Attachments scans them. */
  readonly waitForScan: boolean;
  /** Whether removals of messages are reported, too, that the client has not got since this state. */
  readonly reportsUnknown?: boolean;
  /** Entries of the largest page that Graph gives in time. */
  readonly pageSize: number;
  /** Whether there is time to follow an empty page. */
  readonly isPatient: () => boolean;
}

export interface ChangesFound {
  readonly changes: readonly MessageChange[];
  readonly state: ChangesState;
  /** Whether the client has heard of everything that Graph tells now. */
  readonly ended: boolean;
}

/** While so many are held back no further page is read: a state has to stay small. */
const MAX_HELD = 200;

/** The state of a client that knows nothing. */
export function beginning(query: MessageQuery): ChangesState {
  const known = new KnownItems().pack();
  return { first: true, ended: false, question: questionOf(query), known, waiting: [], held: [] };
}

/**
 * @param limit the most changes
 * @throws ResponseError ErrorInvalidSyncStateData where Graph has forgotten the state; GraphError, GatewayError
 */
export async function changesSince(source: ChangesSource, state: ChangesState, limit: number): Promise<ChangesFound> {
  const teller = new Teller(source, state);
  await teller.tellScanned(limit);
  let { next, first, ended } = state;
  let entries: readonly Entry[] = state.waiting.map(([kind, id]) => ({ kind, id }));
  const room = limit - teller.changes.length;
  const { isFull } = teller;
  if (entries.length === 0 && room > 0 && !isFull) {
    first &&= !ended;
    do {
      const page = await nextPage(source, next, limit);
      entries = entriesOf(page, state.question === questionOf(source.query));
      ({ next, ended } = page);
    } while (entries.length === 0 && !ended && source.isPatient());
  }
  await teller.tell(entries.slice(0, room), first);
  const waiting = entries.slice(room).map(({ kind, id }) => [kind, id] as const);
  return {
    changes: teller.changes,
    state: { ...state, next, first, ended, waiting, known: teller.known.pack(), held: [...teller.held] },
    // A client that asks again at once would not get any further before the scan.
    ended: waiting.length === 0 && room > 0 && (ended || isFull),
  };
}

function nextPage(
  { calls, folder, query, pageSize }: ChangesSource,
  next: string | undefined,
  limit: number,
): Promise<DeltaPage<GraphMessage>> {
  const path = `/mailFolders/${folder}/messages/delta`;
  const first = { ...query, $orderby: 'receivedDateTime desc' };
  return deltaPage<GraphMessage>(calls, path, next ?? first, Math.min(pageSize, limit));
}

/** Each message once, as the page has it last. @param complete whether the page has all that is wanted */
function entriesOf({ entries }: DeltaPage<GraphMessage>, complete: boolean): Entry[] {
  const found = new Map<string, Entry>();
  for (const entry of entries) {
    const { id } = entry;
    const before = found.get(id)?.kind;
    found.delete(id);
    if (entry['@removed'] !== undefined) found.set(id, { kind: 'removed', id });
    else if (typeof entry.changeKey === 'string')
      found.set(id, { kind: 'whole', id, message: complete ? entry : undefined });
    else found.set(id, { kind: before === 'whole' ? 'whole' : 'read', id });
  }
  return [...found.values()];
}

/** Makes changes of entries by what the client knows. */
class Teller {
  readonly changes: MessageChange[] = [];
  readonly known: KnownItems;
  readonly held: Set<string>;
  readonly #source: ChangesSource;

  constructor(source: ChangesSource, { known, held }: ChangesState) {
    this.#source = source;
    this.known = KnownItems.unpack(known);
    this.held = new Set(held);
  }

  get isFull(): boolean {
    return this.held.size >= MAX_HELD;
  }

  /** What was held back and can be shown now. */
  async tellScanned(limit: number): Promise<void> {
    if (this.held.size === 0) return;
    const { calls, query } = this.#source;
    const messages = await messagesById(calls, [...this.held].slice(0, limit), query);
    const there = new Set(messages.map(({ id }) => id));
    for (const id of [...this.held].slice(0, limit)) if (!there.has(id)) this.held.delete(id);
    for (const message of messages) if (!isBeingScanned(message)) this.#create(message);
  }

  /** @param first whether they belong to the round that lists the folder: what comes there is new */
  async tell(entries: readonly Entry[], first: boolean): Promise<void> {
    const read = await this.#read(entries);
    for (const { kind, id } of entries) {
      const message = read.get(id);
      const isKnown = first ? this.known.hasRecent(id) : this.known.has(id, message?.createdDateTime);
      if (kind === 'removed') this.#remove(id, isKnown);
      // One that is gone meanwhile is reported when Graph reports it.
      else if (message === undefined || this.held.has(id)) continue;
      else if (!isKnown) this.#createOrHold(message);
      else this.changes.push({ kind: kind === 'read' ? 'read' : 'updated', id, view: viewOf(message) });
    }
  }

  /** The messages as they are wanted: those that the page does not have whole are read. */
  async #read(entries: readonly Entry[]): Promise<Map<string, GraphMessage>> {
    const { calls, query } = this.#source;
    const there = entries.flatMap(({ message }) => message ?? []);
    const missing = entries.filter(({ kind, message }) => kind !== 'removed' && message === undefined);
    const read = await messagesById(
      calls,
      missing.map(({ id }) => id),
      query,
    );
    return new Map([...there, ...read].map((message) => [message.id, message]));
  }

  #remove(id: string, isKnown: boolean): void {
    this.held.delete(id);
    this.known.delete(id);
    if (isKnown || this.#source.reportsUnknown === true) this.changes.push({ kind: 'removed', id });
  }

  #createOrHold(message: GraphMessage): void {
    if (this.#source.waitForScan && isBeingScanned(message)) this.held.add(message.id);
    else this.#create(message);
  }

  #create(message: GraphMessage): void {
    this.held.delete(message.id);
    this.known.add(message.id, message.createdDateTime);
    this.changes.push({ kind: 'created', id: message.id, view: viewOf(message) });
  }
}

function questionOf({ $select, $expand }: MessageQuery): string {
  return createHash('sha256')
    .update(`${$select} ${$expand ?? ''}`)
    .digest('base64url')
    .slice(0, 10);
}

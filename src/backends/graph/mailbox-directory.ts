/**
 * What has been learnt about mailboxes: the GUID that stands in their ids, and which folder has which well-known name.
 * Graph tells neither: the GUID is read from the Inbox's id, the names are asked once by name.
 *
 * @see https://learn.microsoft.com/graph/api/resources/mailfolder (well-known folder names)
 */
import { toEwsAlphabet } from '../../ews/ids/alphabet.ts';
import { parseId } from '../../ews/ids/item-id.ts';
import { lruCache } from '../../lru-cache.ts';
import type { TenantGuids } from './mailbox-guids.ts';
import type { BatchStep } from './service/batch.ts';
import type { GraphError } from './service/graph-error.ts';
import type { MailboxCalls } from './service/mailbox-calls.ts';
import { withQuery } from './service/paths.ts';

/** Distinguished folder ids of EWS that Graph knows by the same name. */
export const WELL_KNOWN_NAMES = [
  'msgfolderroot',
  'inbox',
  'drafts',
  'outbox',
  'sentitems',
  'deleteditems',
  'junkemail',
  'archive',
  'searchfolders',
  'syncissues',
  'conflicts',
  'localfailures',
  'serverfailures',
  'conversationhistory',
  'scheduled',
  'recoverableitemsdeletions',
] as const;

export type WellKnownName = (typeof WELL_KNOWN_NAMES)[number];

export interface KnownMailbox {
  readonly address: string;
  /** The mailbox GUID, in lower case; undefined where its ids have another form. */
  readonly guid: string | undefined;
  /** Ids in EWS's alphabet; names that the mailbox does not have are missing. */
  readonly folders: ReadonlyMap<WellKnownName, string>;
  readonly names: ReadonlyMap<string, WellKnownName>;
  /** The id of msgfolderroot's parent, which EWS calls root and Graph does not serve. */
  readonly rootId: string;
  /** The folder that holds the recoverable items; undefined where it is not known. */
  readonly recoverableRootId: string | undefined;
}

interface FolderAnswer {
  readonly id: string;
  readonly parentFolderId: string;
}

const FOLDER_IDS = 'id,parentFolderId';
const LIFETIME = 24 * 3_600_000;
const MAX_MAILBOXES = 10_000;

export class MailboxDirectory {
  readonly #known = lruCache<string, Promise<KnownMailbox>>(MAX_MAILBOXES, LIFETIME);
  /** Only what Graph has returned to this gateway: it decides whose an id is. */
  readonly #byGuid = lruCache<string, string>(MAX_MAILBOXES);
  readonly #guids: TenantGuids;

  constructor(guids: TenantGuids) {
    this.#guids = guids;
  }

  /** The address of a mailbox whose GUID has been seen. */
  addressOf(guid: string): string | undefined {
    return this.#byGuid.get(guid.toLowerCase());
  }

  /** By what slots are counted: the GUID, where this gateway or another one has learnt it, else the address. */
  slotKeyOf(address: string): string {
    return this.#guids.get(address) ?? address;
  }

  /** Asks once for the well-known folders. @throws GraphError where the mailbox cannot be opened */
  of(address: string, calls: MailboxCalls): Promise<KnownMailbox> {
    const key = address.toLowerCase();
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#learn(address, calls).catch((error: unknown) => {
        this.#known.delete(key);
        throw error;
      });
      this.#known.set(key, known);
    }
    return known;
  }

  async #learn(address: string, calls: MailboxCalls): Promise<KnownMailbox> {
    // Before anything else, and alone: it tells the GUID, by which addresses of one mailbox share their slots.
    const inbox = toEwsAlphabet((await calls.get<FolderAnswer>('/mailFolders/inbox', { $select: FOLDER_IDS })).id);
    const parsed = parseId(inbox);
    const guid = parsed?.kind === 'folder' ? parsed.mailbox.toLowerCase() : undefined;
    if (guid !== undefined) {
      this.#byGuid.set(guid, address);
      this.#guids.learn(address, guid);
    }
    const others = WELL_KNOWN_NAMES.filter((name) => name !== 'inbox');
    const results = await calls.batch<FolderAnswer>(
      others.map((name): BatchStep => ({
        method: 'GET',
        path: withQuery(`/mailFolders/${name}`, { $select: FOLDER_IDS }),
      })),
    );
    const folders = new Map<WellKnownName, string>([['inbox', inbox]]);
    let rootId = '';
    let recoverableRootId: string | undefined;
    for (const [index, name] of others.entries()) {
      const result = results[index];
      if (result === undefined || 'error' in result) {
        if (name === 'msgfolderroot') throw result?.error ?? new Error('no answer');
        if (!isMissing(result?.error)) throw result?.error ?? new Error('no answer');
        continue;
      }
      folders.set(name, toEwsAlphabet(result.value.id));
      if (name === 'msgfolderroot') rootId = toEwsAlphabet(result.value.parentFolderId);
      else if (name === 'recoverableitemsdeletions') recoverableRootId = toEwsAlphabet(result.value.parentFolderId);
    }
    const names = new Map([...folders].map(([name, id]) => [id, name]));
    return { address, guid, folders, names, rootId, recoverableRootId };
  }
}

/** A mailbox need not have every folder; and of the names in use some are not documented. */
function isMissing(error: GraphError | undefined): boolean {
  return error !== undefined && (error.status === 404 || error.status === 400);
}

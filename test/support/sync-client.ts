/** What a client that keeps a copy of a folder does with SyncFolderItems: it holds each change to its rules. */
import { envelope } from './envelopes.ts';
import type { Answer } from './stack.ts';

export const INBOX = '<t:DistinguishedFolderId Id="inbox"/>';

export interface SyncRequest {
  /** The folder's element; default: the Inbox. */
  readonly folder?: string;
  readonly state?: string;
  readonly most?: number;
  /** Elements behind SyncState. */
  readonly more?: string;
  /** Content of ItemShape. */
  readonly shape?: string;
  readonly version?: string;
}

export function syncItems({ folder = INBOX, state, most = 512, more = '', shape, version }: SyncRequest = {}): string {
  return envelope(
    `<m:SyncFolderItems><m:ItemShape>${shape ?? '<t:BaseShape>IdOnly</t:BaseShape>'}</m:ItemShape>` +
      `<m:SyncFolderId>${folder}</m:SyncFolderId>${state === undefined ? '' : `<m:SyncState>${state}</m:SyncState>`}` +
      `${more}<m:MaxChangesReturned>${most}</m:MaxChangesReturned></m:SyncFolderItems>`,
    ...(version === undefined ? [] : [`<t:RequestServerVersion Version="${version}"/>`]),
  );
}

export interface SyncAnswer {
  readonly code: string;
  readonly state: string;
  readonly includesLast: boolean;
  readonly changes: readonly { readonly kind: string; readonly id: string; readonly isRead: boolean | undefined }[];
}

export function syncAnswer({ text }: Pick<Answer, 'text'>): SyncAnswer {
  const pick = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
  const changes = [...text.matchAll(/<t:(Create|Update|Delete|ReadFlagChange)>(.*?)<\/t:\1>/gs)].map(
    ([, kind = '', inner = '']) => ({
      kind,
      id: /Id Id="([^"]+)"/.exec(inner)?.[1] ?? '',
      isRead: inner.includes('<t:IsRead>') ? inner.includes('<t:IsRead>true<') : undefined,
    }),
  );
  return {
    code: pick(/ResponseCode[^>]*>(\w+)</),
    state: pick(/<m:SyncState>([^<]+)</),
    includesLast: pick(/IncludesLast(?:Item|Folder)InRange>(\w+)</) === 'true',
    changes,
  };
}

export class SyncClient {
  /** Whether each message is read, by EWS's id. */
  readonly items = new Map<string, boolean>();
  readonly #post: (body: string) => Promise<Answer>;
  readonly #folder: string;
  #state: string | undefined;
  /**
   * Whether it may be told that a message is gone that it never heard of: both backends tell of one that was removed
   * while the folder was listed for the first time.
   */
  mayHearOfStrangers = true;

  constructor(post: (body: string) => Promise<Answer>, folder = INBOX) {
    this.#post = post;
    this.#folder = folder;
  }

  get state(): string | undefined {
    return this.#state;
  }

  /** One request. @returns whether it was the last @throws Error where a change breaks the rules */
  async step(most: number): Promise<boolean> {
    const shape =
      '<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="message:IsRead"/>' +
      '</t:AdditionalProperties>';
    const request = { folder: this.#folder, most, shape, ...(this.#state === undefined ? {} : { state: this.#state }) };
    const response = await this.#post(syncItems(request));
    const { code, state, includesLast, changes } = syncAnswer(response);
    if (code !== 'NoError') throw new Error(`refused: ${response.text}`);
    if (changes.length > most) throw new Error(`${changes.length} changes, of ${most}`);
    if (!includesLast && state === this.#state) throw new Error('the state does not go on');
    for (const { kind, id, isRead } of changes) {
      const isStranger = kind === 'Delete' && this.mayHearOfStrangers;
      if (this.items.has(id) === (kind === 'Create') && !isStranger) throw new Error(`${kind} of ${id}`);
      if (kind === 'Delete') this.items.delete(id);
      else this.items.set(id, isRead ?? false);
    }
    this.#state = state;
    return includesLast;
  }

  /** Until nothing is left. */
  async finish(most: number): Promise<void> {
    for (let round = 0; round < 200; round++) if (await this.step(most)) return;
    throw new Error('the synchronisation has no end');
  }
}

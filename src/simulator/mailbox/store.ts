/** What the operations on one mailbox share. */
import type { ChangeLog } from './change-log.ts';
import type { FolderTree } from './folders.ts';
import type { MailboxIds } from './ids.ts';
import type { ItemStore } from './items.ts';

export interface Store {
  /** Display name of the mailbox, for who changed something last. */
  readonly owner: string;
  readonly ids: MailboxIds;
  readonly folders: FolderTree;
  readonly items: ItemStore;
  readonly changes: ChangeLog;
  /** Bytes that all items may have together. */
  readonly quota: number;
}

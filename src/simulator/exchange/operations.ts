/** The operations that the simulator has; services.wsdl names more, which it answers with a fault. */
import { archiveItem } from './operations/archive-item.ts';
import { convertId } from './operations/convert-id.ts';
import { copyFolder } from './operations/copy-folder.ts';
import { copyItem } from './operations/copy-item.ts';
import { createAttachment } from './operations/create-attachment.ts';
import { createFolderPath } from './operations/create-folder-path.ts';
import { createFolder } from './operations/create-folder.ts';
import { createItem } from './operations/create-item.ts';
import { createUserConfiguration } from './operations/create-user-configuration.ts';
import { deleteAttachment } from './operations/delete-attachment.ts';
import { deleteFolder } from './operations/delete-folder.ts';
import { deleteItem } from './operations/delete-item.ts';
import { deleteUserConfiguration } from './operations/delete-user-configuration.ts';
import { emptyFolder } from './operations/empty-folder.ts';
import { expandDl } from './operations/expand-dl.ts';
import { findConversation } from './operations/find-conversation.ts';
import { findFolder } from './operations/find-folder.ts';
import { findItem } from './operations/find-item.ts';
import { getAttachment } from './operations/get-attachment.ts';
import { getConversationItems } from './operations/get-conversation-items.ts';
import { getDelegate } from './operations/get-delegate.ts';
import { getEvents } from './operations/get-events.ts';
import { getFolder } from './operations/get-folder.ts';
import { getInboxRules } from './operations/get-inbox-rules.ts';
import { getItem } from './operations/get-item.ts';
import { getMailTips } from './operations/get-mail-tips.ts';
import { getServerTimeZones } from './operations/get-server-time-zones.ts';
import { getServiceConfiguration } from './operations/get-service-configuration.ts';
import { getUserAvailability } from './operations/get-user-availability.ts';
import { getUserConfiguration } from './operations/get-user-configuration.ts';
import { getUserOofSettings } from './operations/get-user-oof-settings.ts';
import { markAllItemsAsRead } from './operations/mark-all-items-as-read.ts';
import { markAsJunk } from './operations/mark-as-junk.ts';
import { moveFolder } from './operations/move-folder.ts';
import { moveItem } from './operations/move-item.ts';
import { resolveNames } from './operations/resolve-names.ts';
import { sendItem } from './operations/send-item.ts';
import { setUserOofSettings } from './operations/set-user-oof-settings.ts';
import { subscribe } from './operations/subscribe.ts';
import { syncFolderHierarchy } from './operations/sync-folder-hierarchy.ts';
import { syncFolderItems } from './operations/sync-folder-items.ts';
import { unsubscribe } from './operations/unsubscribe.ts';
import { updateFolder } from './operations/update-folder.ts';
import { updateItem } from './operations/update-item.ts';
import { updateUserConfiguration } from './operations/update-user-configuration.ts';
import type { Operation } from './operation.ts';

const ALL: readonly Operation[] = [
  archiveItem,
  convertId,
  copyFolder,
  copyItem,
  createAttachment,
  createFolderPath,
  createFolder,
  createItem,
  createUserConfiguration,
  deleteAttachment,
  deleteFolder,
  deleteItem,
  deleteUserConfiguration,
  emptyFolder,
  expandDl,
  findConversation,
  findFolder,
  findItem,
  getAttachment,
  getConversationItems,
  getDelegate,
  getEvents,
  getFolder,
  getInboxRules,
  getItem,
  getMailTips,
  getServerTimeZones,
  getServiceConfiguration,
  getUserAvailability,
  getUserConfiguration,
  getUserOofSettings,
  markAllItemsAsRead,
  markAsJunk,
  moveFolder,
  moveItem,
  resolveNames,
  sendItem,
  setUserOofSettings,
  subscribe,
  syncFolderHierarchy,
  syncFolderItems,
  unsubscribe,
  updateFolder,
  updateItem,
  updateUserConfiguration,
];

/** By the name of the element in the Body. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  ALL.map((operation) => [operation.element ?? operation.name, operation]),
);

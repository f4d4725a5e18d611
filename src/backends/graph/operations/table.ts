/** The operations that are served through Graph. One that is missing here gets a fault that names it. */
import type { Operation } from '../operation.ts';
import { convertId } from './convert-id.ts';
import { createAttachment } from './create-attachment.ts';
import { createFolderPath } from './create-folder-path.ts';
import { createFolder } from './create-folder.ts';
import { createItem } from './create-item.ts';
import { deleteAttachment } from './delete-attachment.ts';
import { deleteFolder } from './delete-folder.ts';
import { deleteItem } from './delete-item.ts';
import { emptyFolder } from './empty-folder.ts';
import { expandDl } from './expand-dl.ts';
import { findConversation } from './find-conversation.ts';
import { findFolder } from './find-folder.ts';
import { findItem } from './find-item.ts';
import { getAttachment } from './get-attachment.ts';
import { getConversationItems } from './get-conversation-items.ts';
import { getEvents } from './get-events.ts';
import { getFolder } from './get-folder.ts';
import { getInboxRules } from './get-inbox-rules.ts';
import { getItem } from './get-item.ts';
import { getMailTips } from './get-mail-tips.ts';
import { getServerTimeZones } from './get-server-time-zones.ts';
import { getServiceConfiguration } from './get-service-configuration.ts';
import { getStreamingEvents } from './get-streaming-events.ts';
import { getUserConfiguration } from './get-user-configuration.ts';
import { getUserOofSettings } from './get-user-oof-settings.ts';
import { markAllItemsAsRead } from './mark-all-items-as-read.ts';
import { markAsJunk } from './mark-as-junk.ts';
import { copyFolder, moveFolder } from './move-folder.ts';
import { copyItem, moveItem } from './move-item.ts';
import { resolveNames } from './resolve-names.ts';
import { sendItem } from './send-item.ts';
import { subscribe } from './subscribe.ts';
import { syncFolderHierarchy } from './sync-folder-hierarchy.ts';
import { syncFolderItems } from './sync-folder-items.ts';
import { unsubscribe } from './unsubscribe.ts';
import { updateFolder } from './update-folder.ts';
import { updateItem } from './update-item.ts';

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['ConvertId', convertId],
  ['CopyFolder', copyFolder],
  ['CopyItem', copyItem],
  ['CreateAttachment', createAttachment],
  ['CreateFolder', createFolder],
  ['CreateFolderPath', createFolderPath],
  ['CreateItem', createItem],
  ['DeleteAttachment', deleteAttachment],
  ['DeleteFolder', deleteFolder],
  ['DeleteItem', deleteItem],
  ['EmptyFolder', emptyFolder],
  ['ExpandDL', expandDl],
  ['FindConversation', findConversation],
  ['FindFolder', findFolder],
  ['FindItem', findItem],
  ['GetAttachment', getAttachment],
  ['GetConversationItems', getConversationItems],
  ['GetEvents', getEvents],
  ['GetFolder', getFolder],
  ['GetInboxRules', getInboxRules],
  ['GetItem', getItem],
  ['GetMailTips', getMailTips],
  ['GetServerTimeZones', getServerTimeZones],
  ['GetServiceConfiguration', getServiceConfiguration],
  ['GetStreamingEvents', getStreamingEvents],
  ['GetUserConfiguration', getUserConfiguration],
  ['GetUserOofSettings', getUserOofSettings],
  ['MarkAllItemsAsRead', markAllItemsAsRead],
  ['MarkAsJunk', markAsJunk],
  ['MoveFolder', moveFolder],
  ['MoveItem', moveItem],
  ['ResolveNames', resolveNames],
  ['SendItem', sendItem],
  ['Subscribe', subscribe],
  ['SyncFolderHierarchy', syncFolderHierarchy],
  ['SyncFolderItems', syncFolderItems],
  ['Unsubscribe', unsubscribe],
  ['UpdateFolder', updateFolder],
  ['UpdateItem', updateItem],
]);

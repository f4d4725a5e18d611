/** The operations that are served through Graph. One that is missing here gets a fault that names it. */
import type { Operation } from '../operation.ts';
import { convertId } from './convert-id.ts';
import { createAttachment } from './create-attachment.ts';
import { createItem } from './create-item.ts';
import { createFolder } from './create-folder.ts';
import { deleteAttachment } from './delete-attachment.ts';
import { deleteItem } from './delete-item.ts';
import { findFolder } from './find-folder.ts';
import { findItem } from './find-item.ts';
import { getAttachment } from './get-attachment.ts';
import { getEvents } from './get-events.ts';
import { getFolder } from './get-folder.ts';
import { getItem } from './get-item.ts';
import { getServerTimeZones } from './get-server-time-zones.ts';
import { getStreamingEvents } from './get-streaming-events.ts';
import { copyItem, moveItem } from './move-item.ts';
import { resolveNames } from './resolve-names.ts';
import { sendItem } from './send-item.ts';
import { subscribe } from './subscribe.ts';
import { syncFolderHierarchy } from './sync-folder-hierarchy.ts';
import { syncFolderItems } from './sync-folder-items.ts';
import { unsubscribe } from './unsubscribe.ts';
import { updateItem } from './update-item.ts';

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['ConvertId', convertId],
  ['CopyItem', copyItem],
  ['CreateAttachment', createAttachment],
  ['CreateFolder', createFolder],
  ['CreateItem', createItem],
  ['DeleteAttachment', deleteAttachment],
  ['DeleteItem', deleteItem],
  ['FindFolder', findFolder],
  ['FindItem', findItem],
  ['GetAttachment', getAttachment],
  ['GetEvents', getEvents],
  ['GetFolder', getFolder],
  ['GetItem', getItem],
  ['GetServerTimeZones', getServerTimeZones],
  ['GetStreamingEvents', getStreamingEvents],
  ['MoveItem', moveItem],
  ['ResolveNames', resolveNames],
  ['SendItem', sendItem],
  ['Subscribe', subscribe],
  ['SyncFolderHierarchy', syncFolderHierarchy],
  ['SyncFolderItems', syncFolderItems],
  ['Unsubscribe', unsubscribe],
  ['UpdateItem', updateItem],
]);

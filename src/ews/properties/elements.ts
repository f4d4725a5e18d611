/** Which elements items and folders are written as, and which properties each of them has. */
import {
  FOLDER_ROWS_AFTER_EXTENDED,
  FOLDER_ROWS_BEFORE_EXTENDED,
  type FolderFieldUri,
  type ServedFolderFieldUri,
} from './folder.ts';
import {
  MEETING_REQUEST_ROWS,
  MEETING_RESPONSE_ROWS,
  MEETING_ROWS,
  type MeetingFieldUri,
  type MeetingRow,
  type ServedMeetingFieldUri,
} from './meeting.ts';
import {
  ITEM_ROWS_AFTER_EXTENDED,
  ITEM_ROWS_BEFORE_EXTENDED,
  MESSAGE_ROWS,
  POST_ROWS,
  type MessageFieldUri,
  type MessageRow,
  type ServedMessageFieldUri,
} from './message.ts';
import { properties, type EwsProperty } from './types.ts';
import type { ValueOfRow } from './values.ts';

export type ItemElementName =
  'Item' | 'Message' | 'PostItem' | 'MeetingMessage' | 'MeetingRequest' | 'MeetingResponse' | 'MeetingCancellation';

export type FolderElementName = 'Folder' | 'CalendarFolder' | 'ContactsFolder' | 'TasksFolder' | 'SearchFolder';

type PostRow = (typeof POST_ROWS)[number];
type PostFieldUri = PostRow['uri'];
/** Every property of an item that is mail. */
export type ItemUri = MessageFieldUri | MeetingFieldUri | PostFieldUri;
/** Those that answers may have. */
export type ServedItemUri = ServedMessageFieldUri | ServedMeetingFieldUri | PostFieldUri;
/** The type of a property's value. */
export type ItemValue<Uri extends ItemUri> = ValueOfRow<
  Extract<MessageRow | MeetingRow | PostRow, { readonly uri: Uri }>
>;

/** Properties in the order of the schema, around the place of the extended ones. */
export interface ElementProperties<Uri extends string = string> {
  readonly before: readonly EwsProperty<Uri>[];
  readonly after: readonly EwsProperty<Uri>[];
}

const BEFORE = properties(ITEM_ROWS_BEFORE_EXTENDED);
const ITEM = properties(ITEM_ROWS_AFTER_EXTENDED);
const MESSAGE = properties(MESSAGE_ROWS);
const POST = properties(POST_ROWS);
const MEETING = properties(MEETING_ROWS);
const REQUEST = properties(MEETING_REQUEST_ROWS);
const RESPONSE = properties(MEETING_RESPONSE_ROWS);

/** What responses and cancellations say of their meeting; older schemas have it in requests only. */
const ABOUT_MEETING = pick(REQUEST, [
  'calendar:Start',
  'calendar:End',
  'calendar:Location',
  'calendar:Recurrence',
  'calendar:CalendarItemType',
]).map((property) => ({ ...property, since: 'Exchange2013' as const, required: undefined }));
const LOCATION = pick(REQUEST, ['calendar:EnhancedLocation']);

const ITEM_ELEMENTS: Readonly<Record<ItemElementName, readonly EwsProperty<ItemUri>[]>> = {
  Item: ITEM,
  Message: [...ITEM, ...MESSAGE],
  PostItem: [
    ...ITEM,
    ...pick(MESSAGE, [
      'message:ConversationIndex',
      'message:ConversationTopic',
      'message:From',
      'message:InternetMessageId',
      'message:IsRead',
    ]),
    ...POST,
    ...pick(MESSAGE, ['message:References', 'message:Sender']),
  ],
  MeetingMessage: [...ITEM, ...MESSAGE, ...MEETING],
  MeetingRequest: [...ITEM, ...MESSAGE, ...MEETING, ...REQUEST],
  MeetingResponse: [...ITEM, ...MESSAGE, ...MEETING, ...ABOUT_MEETING, ...RESPONSE, ...LOCATION],
  MeetingCancellation: [...ITEM, ...MESSAGE, ...MEETING, ...ABOUT_MEETING, ...LOCATION],
};

/** Every property of items, each once. */
export const ITEM_PROPERTIES: readonly EwsProperty<ItemUri>[] = [
  ...BEFORE,
  ...ITEM,
  ...MESSAGE,
  ...POST,
  ...MEETING,
  ...REQUEST,
  ...RESPONSE,
];

const FOLDER_BEFORE = properties(FOLDER_ROWS_BEFORE_EXTENDED);
const FOLDER = properties(FOLDER_ROWS_AFTER_EXTENDED);
const BASE_FOLDER = FOLDER.filter(({ uri }) => uri !== 'folder:UnreadCount');

const FOLDER_ELEMENTS: Readonly<Record<FolderElementName, readonly EwsProperty<FolderFieldUri>[]>> = {
  Folder: FOLDER,
  CalendarFolder: BASE_FOLDER,
  ContactsFolder: BASE_FOLDER,
  TasksFolder: FOLDER,
  SearchFolder: FOLDER,
};

/** Every property of folders, each once. */
export const FOLDER_PROPERTIES: readonly EwsProperty<FolderFieldUri>[] = [...FOLDER_BEFORE, ...FOLDER];

export function itemProperties(name: ItemElementName): ElementProperties<ItemUri> {
  return { before: BEFORE, after: ITEM_ELEMENTS[name] };
}

export function folderProperties(name: FolderElementName): ElementProperties<FolderFieldUri> {
  return { before: FOLDER_BEFORE, after: FOLDER_ELEMENTS[name] };
}

export type FolderUri = FolderFieldUri;
export type ServedFolderUri = ServedFolderFieldUri;

/** Longer classes first. Contacts, tasks and appointments are no mail, and are written as plain items. */
const ELEMENT_OF_CLASS: readonly (readonly [string, ItemElementName])[] = [
  ['ipm.schedule.meeting.request', 'MeetingRequest'],
  ['ipm.schedule.meeting.resp', 'MeetingResponse'],
  ['ipm.schedule.meeting.canceled', 'MeetingCancellation'],
  ['ipm.schedule.meeting', 'MeetingMessage'],
  ['ipm.post', 'PostItem'],
  ['ipm.appointment', 'Item'],
  ['ipm.contact', 'Item'],
  ['ipm.distlist', 'Item'],
  ['ipm.task', 'Item'],
];

/**
 * The element for an item of this class: the same in every answer, because clients compare. All that has no
 * element of its own is a Message, as in Exchange.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getitem-operation
 */
export function itemElementName(itemClass: string | undefined): ItemElementName {
  return ELEMENT_OF_CLASS.find(([prefix]) => isClass(itemClass, prefix))?.[1] ?? 'Message';
}

/** The element for a folder of this class, or for one that shows what a search finds. */
export function folderElementName(folderClass: string | undefined, isSearchFolder = false): FolderElementName {
  if (isSearchFolder) return 'SearchFolder';
  if (isClass(folderClass, 'ipf.appointment')) return 'CalendarFolder';
  if (isClass(folderClass, 'ipf.contact')) return 'ContactsFolder';
  return isClass(folderClass, 'ipf.task') ? 'TasksFolder' : 'Folder';
}

/** Whether a class is another one, or derived from it. */
function isClass(name: string | undefined, base: string): boolean {
  return name !== undefined && `${name.toLowerCase()}.`.startsWith(`${base}.`);
}

function pick<Uri extends string, Picked extends Uri>(
  from: readonly EwsProperty<Uri>[],
  uris: readonly Picked[],
): EwsProperty<Picked>[] {
  return uris.flatMap((uri) => from.filter((property): property is EwsProperty<Picked> => property.uri === uri));
}

/**
 * The EWS operations, one row each, named as in services.wsdl.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-operations-in-exchange
 */
import { EWS_MESSAGES } from '../soap/namespaces.ts';
import type { ExpandedName } from '../soap/tokenizer.ts';

/** Presets a configuration may name; each includes those before it. */
const PRESETS = ['capture', 'mail', 'all'] as const;

export type OperationPreset = (typeof PRESETS)[number];

export interface OperationRow {
  readonly name: string;
  /** Name of its element in the Body, where it is not the operation's (services.wsdl). */
  readonly element?: string;
  /** The smallest preset that grants it; `named`: part of none, only granted by its name. */
  readonly preset: OperationPreset | 'named';
  /** It changes nothing, so that it can be sent a second time. */
  readonly readsOnly?: boolean;
  /** Its answer may be silent for minutes. */
  readonly hangs?: boolean;
  /** Ids in its request are what it is about, and not where it looks. */
  readonly namesItems?: boolean;
}

const ROWS = [
  // What a mail import needs: reading, attachments, filing away, notifications, look-ups.
  { name: 'ConvertId', preset: 'capture', readsOnly: true, namesItems: true },
  { name: 'CopyItem', preset: 'capture', namesItems: true },
  { name: 'CreateFolder', preset: 'capture', namesItems: true },
  { name: 'DeleteItem', preset: 'capture', namesItems: true },
  { name: 'FindFolder', preset: 'capture', readsOnly: true },
  { name: 'FindItem', preset: 'capture', readsOnly: true },
  { name: 'GetAttachment', preset: 'capture', readsOnly: true, namesItems: true },
  { name: 'GetEvents', preset: 'capture', namesItems: true },
  { name: 'GetFolder', preset: 'capture', readsOnly: true, namesItems: true },
  { name: 'GetItem', preset: 'capture', readsOnly: true, namesItems: true },
  { name: 'GetServerTimeZones', preset: 'capture', readsOnly: true, namesItems: true },
  { name: 'GetStreamingEvents', preset: 'capture', hangs: true, namesItems: true },
  { name: 'MoveItem', preset: 'capture', namesItems: true },
  { name: 'ResolveNames', preset: 'capture', readsOnly: true, namesItems: true },
  { name: 'Subscribe', preset: 'capture', namesItems: true },
  { name: 'SyncFolderHierarchy', preset: 'capture', readsOnly: true },
  { name: 'SyncFolderItems', preset: 'capture', readsOnly: true },
  { name: 'Unsubscribe', preset: 'capture', namesItems: true },
  { name: 'UpdateItem', preset: 'capture', namesItems: true },
  // What a mail program needs besides: writing, sending, changing folders.
  { name: 'CopyFolder', preset: 'mail', namesItems: true },
  { name: 'CreateAttachment', preset: 'mail', namesItems: true },
  { name: 'CreateFolderPath', preset: 'mail', namesItems: true },
  { name: 'CreateItem', preset: 'mail', namesItems: true },
  { name: 'DeleteAttachment', preset: 'mail', namesItems: true },
  { name: 'DeleteFolder', preset: 'mail', namesItems: true },
  { name: 'EmptyFolder', preset: 'mail', namesItems: true },
  { name: 'ExpandDL', preset: 'mail', namesItems: true },
  { name: 'FindConversation', preset: 'mail', readsOnly: true },
  { name: 'GetConversationItems', preset: 'mail', readsOnly: true, namesItems: true },
  { name: 'GetInboxRules', preset: 'mail', readsOnly: true, namesItems: true },
  { name: 'GetMailTips', preset: 'mail', readsOnly: true, namesItems: true },
  { name: 'GetServiceConfiguration', preset: 'mail', readsOnly: true, namesItems: true },
  {
    name: 'GetUserAvailability',
    element: 'GetUserAvailabilityRequest',
    preset: 'mail',
    readsOnly: true,
    namesItems: true,
  },
  {
    name: 'GetUserOofSettings',
    element: 'GetUserOofSettingsRequest',
    preset: 'mail',
    readsOnly: true,
    namesItems: true,
  },
  { name: 'MarkAllItemsAsRead', preset: 'mail', namesItems: true },
  { name: 'MarkAsJunk', preset: 'mail', namesItems: true },
  { name: 'MoveFolder', preset: 'mail', namesItems: true },
  { name: 'SendItem', preset: 'mail', namesItems: true },
  { name: 'UpdateFolder', preset: 'mail', namesItems: true },
  // Granted by `all` only.
  { name: 'AddDistributionGroupToImList', preset: 'all', namesItems: true },
  { name: 'AddImContactToGroup', preset: 'all', namesItems: true },
  { name: 'AddImGroup', preset: 'all', namesItems: true },
  { name: 'AddNewImContactToGroup', preset: 'all', namesItems: true },
  { name: 'AddNewTelUriContactToGroup', preset: 'all', namesItems: true },
  { name: 'AddTag', preset: 'all', namesItems: true },
  { name: 'CreateManagedFolder', preset: 'all', namesItems: true },
  { name: 'DisconnectPhoneCall', preset: 'all', namesItems: true },
  { name: 'EndSearchSession', preset: 'all', namesItems: true },
  { name: 'FindAvailableMeetingTimes', preset: 'all', readsOnly: true },
  { name: 'FindMeetingTimeCandidates', preset: 'all', readsOnly: true },
  { name: 'FindPeople', preset: 'all', readsOnly: true },
  { name: 'FindTags', preset: 'all', readsOnly: true },
  { name: 'GetImItemList', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetImItems', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetPasswordExpirationDate', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetPersona', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetPhoneCallInformation', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetRoomLists', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetRooms', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetSearchSuggestions', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetSharingFolder', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetSharingMetadata', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetUserPhoto', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'GetUserRetentionPolicyTags', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'HideTag', preset: 'all', namesItems: true },
  { name: 'PlayOnPhone', preset: 'all', namesItems: true },
  { name: 'RefreshSharingFolder', preset: 'all', namesItems: true },
  { name: 'RemoveContactFromImList', preset: 'all', namesItems: true },
  { name: 'RemoveDistributionGroupFromImList', preset: 'all', namesItems: true },
  { name: 'RemoveImContactFromGroup', preset: 'all', namesItems: true },
  { name: 'RemoveImGroup', preset: 'all', namesItems: true },
  { name: 'ReportMessage', preset: 'all', namesItems: true },
  { name: 'SetImGroup', preset: 'all', namesItems: true },
  { name: 'SetImListMigrationCompleted', preset: 'all', namesItems: true },
  { name: 'DeleteSearchSuggestion', preset: 'all', namesItems: true },
  { name: 'CreateMeetingInstance', element: 'CreateMeetingInstanceRequest', preset: 'all', namesItems: true },
  { name: 'CreateMeetingSpace', preset: 'all', namesItems: true },
  { name: 'DeleteMeetingInstance', element: 'DeleteMeetingInstanceRequest', preset: 'all', namesItems: true },
  { name: 'DeleteMeetingSpace', preset: 'all', namesItems: true },
  { name: 'FindMeetingSpaceByJoinUrl', preset: 'all', readsOnly: true },
  {
    name: 'GetMeetingInstance',
    element: 'GetMeetingInstanceRequest',
    preset: 'all',
    readsOnly: true,
    namesItems: true,
  },
  { name: 'GetMeetingSpace', preset: 'all', readsOnly: true, namesItems: true },
  { name: 'UpdateMeetingInstance', element: 'UpdateMeetingInstanceRequest', preset: 'all', namesItems: true },
  { name: 'UpdateMeetingSpace', preset: 'all', namesItems: true },
  // Delegates and rules (the classic ways to steal mail), discovery across mailboxes, bulk export and
  // forging, configuration, apps and tokens, message tracking, archive and hold, and what the gateway's own
  // owner should decide.
  { name: 'AddDelegate', preset: 'named', namesItems: true },
  { name: 'ApplyConversationAction', preset: 'named', namesItems: true },
  { name: 'ArchiveItem', preset: 'named', namesItems: true },
  { name: 'CreateUserConfiguration', preset: 'named', namesItems: true },
  { name: 'DeleteUserConfiguration', preset: 'named', namesItems: true },
  { name: 'DisableApp', preset: 'named', namesItems: true },
  { name: 'ExecuteSearch', preset: 'named', namesItems: true },
  { name: 'ExportItems', preset: 'named', namesItems: true },
  { name: 'FindMessageTrackingReport', preset: 'named', readsOnly: true },
  { name: 'GetAppManifests', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetAppMarketplaceUrl', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetClientAccessToken', preset: 'named', namesItems: true },
  { name: 'GetDelegate', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetDiscoverySearchConfiguration', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetHoldOnMailboxes', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetLastPrivateCatalogUpdate', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetMessageTrackingReport', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetNonIndexableItemDetails', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetNonIndexableItemStatistics', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetPrivateCatalogAddIns', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetSearchableMailboxes', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetSpecificUserConfiguration', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'GetUserConfiguration', preset: 'named', readsOnly: true, namesItems: true },
  { name: 'InstallApp', preset: 'named', namesItems: true },
  { name: 'RemoveDelegate', preset: 'named', namesItems: true },
  { name: 'SearchMailboxes', preset: 'named', namesItems: true },
  { name: 'SetHoldOnMailboxes', preset: 'named', namesItems: true },
  { name: 'SetTeamMailbox', preset: 'named', namesItems: true },
  { name: 'SetUserOofSettings', element: 'SetUserOofSettingsRequest', preset: 'named', namesItems: true },
  { name: 'SetUserPhoto', preset: 'named', namesItems: true },
  { name: 'StartSearchSession', preset: 'named', namesItems: true },
  { name: 'UninstallApp', preset: 'named', namesItems: true },
  { name: 'UnpinTeamMailbox', preset: 'named', namesItems: true },
  { name: 'UpdateDelegate', preset: 'named', namesItems: true },
  { name: 'UpdateInboxRules', preset: 'named', namesItems: true },
  { name: 'UpdateItemInRecoverableItems', preset: 'named', namesItems: true },
  { name: 'UpdateUserConfiguration', preset: 'named', namesItems: true },
  { name: 'UploadItems', preset: 'named', namesItems: true },
] as const satisfies readonly OperationRow[];

/** Name of an operation that the gateway knows. */
export type OperationName = (typeof ROWS)[number]['name'];

export const OPERATIONS: readonly OperationRow[] = ROWS;

const BY_NAME: ReadonlyMap<string, OperationRow> = new Map(OPERATIONS.map((row) => [row.name, row]));
const BY_ELEMENT: ReadonlyMap<string, OperationRow> = new Map(OPERATIONS.map((row) => [row.element ?? row.name, row]));

/** The operations each preset grants. */
export const OPERATION_PRESETS = {
  capture: grantedBy('capture'),
  mail: grantedBy('mail'),
  all: grantedBy('all'),
} as const satisfies Record<OperationPreset, ReadonlySet<string>>;

/** Every operation the gateway knows. */
export const KNOWN_OPERATIONS: ReadonlySet<string> = new Set(BY_NAME.keys());

/** Names that can be granted: operations, and Subscribe with a PushSubscriptionRequest. */
export const GRANTABLE: ReadonlySet<string> = new Set([...KNOWN_OPERATIONS, 'PushSubscription']);

/** The name of the operation that an element of the Body is, else undefined. */
export function operationName({ namespace, localName }: ExpandedName): string | undefined {
  return namespace === EWS_MESSAGES ? BY_ELEMENT.get(localName)?.name : undefined;
}

/** Whether answers to the operation may be silent for minutes (GetStreamingEvents' hanging connection). */
export function isHanging(operation: string): boolean {
  return BY_NAME.get(operation)?.hangs === true;
}

/** Whether an operation changes nothing, so that it can be sent a second time. */
export function onlyReads(operation: string): boolean {
  return BY_NAME.get(operation)?.readsOnly === true;
}

/** Whether the ids in a request are what the operation is about, and not where it looks. */
export function namesItems(operation: string | undefined): boolean {
  return operation !== undefined && BY_NAME.get(operation)?.namesItems === true;
}

function grantedBy(preset: OperationPreset): ReadonlySet<string> {
  const included = new Set<string>(PRESETS.slice(0, PRESETS.indexOf(preset) + 1));
  return new Set(OPERATIONS.filter((row) => included.has(row.preset)).map(({ name }) => name));
}

/**
 * The EWS operations, named as in services.wsdl, sorted by what granting them means.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-operations-in-exchange
 */
import { EWS_MESSAGES } from '../soap/namespaces.ts';
import type { ExpandedName } from '../soap/tokenizer.ts';

/** What a mail import needs: reading, attachments, filing away, notifications, look-ups. */
const CAPTURE = [
  'ConvertId',
  'CopyItem',
  'CreateFolder',
  'DeleteItem',
  'FindFolder',
  'FindItem',
  'GetAttachment',
  'GetEvents',
  'GetFolder',
  'GetItem',
  'GetServerTimeZones',
  'GetStreamingEvents',
  'MoveItem',
  'ResolveNames',
  'Subscribe',
  'SyncFolderHierarchy',
  'SyncFolderItems',
  'Unsubscribe',
  'UpdateItem',
] as const;

/** What a mail program needs besides: writing, sending, changing folders. */
const MAIL = [
  'CopyFolder',
  'CreateAttachment',
  'CreateFolderPath',
  'CreateItem',
  'DeleteAttachment',
  'DeleteFolder',
  'EmptyFolder',
  'ExpandDL',
  'FindConversation',
  'GetConversationItems',
  'GetInboxRules',
  'GetMailTips',
  'GetServiceConfiguration',
  'GetUserAvailability',
  'GetUserOofSettings',
  'MarkAllItemsAsRead',
  'MarkAsJunk',
  'MoveFolder',
  'SendItem',
  'UpdateFolder',
] as const;

/** Granted by `all`. */
const OTHER = [
  'AddDistributionGroupToImList',
  'AddImContactToGroup',
  'AddImGroup',
  'AddNewImContactToGroup',
  'AddNewTelUriContactToGroup',
  'AddTag',
  'CreateManagedFolder',
  'DisconnectPhoneCall',
  'EndSearchSession',
  'FindAvailableMeetingTimes',
  'FindMeetingTimeCandidates',
  'FindPeople',
  'FindTags',
  'GetImItemList',
  'GetImItems',
  'GetPasswordExpirationDate',
  'GetPersona',
  'GetPhoneCallInformation',
  'GetRoomLists',
  'GetRooms',
  'GetSearchSuggestions',
  'GetSharingFolder',
  'GetSharingMetadata',
  'GetUserPhoto',
  'GetUserRetentionPolicyTags',
  'HideTag',
  'PlayOnPhone',
  'RefreshSharingFolder',
  'RemoveContactFromImList',
  'RemoveDistributionGroupFromImList',
  'RemoveImContactFromGroup',
  'RemoveImGroup',
  'ReportMessage',
  'SetImGroup',
  'SetImListMigrationCompleted',
  'DeleteSearchSuggestion',
  'CreateMeetingInstance',
  'CreateMeetingSpace',
  'DeleteMeetingInstance',
  'DeleteMeetingSpace',
  'FindMeetingSpaceByJoinUrl',
  'GetMeetingInstance',
  'GetMeetingSpace',
  'UpdateMeetingInstance',
  'UpdateMeetingSpace',
] as const;

/**
 * Never part of a preset, only granted by name: delegates and rules (the classic ways to steal
 * mail), discovery across mailboxes, bulk export and forging, configuration, apps and tokens,
 * message tracking, archive and hold, and what the gateway's own owner should decide.
 */
const DANGEROUS = [
  'AddDelegate',
  'ApplyConversationAction',
  'ArchiveItem',
  'CreateUserConfiguration',
  'DeleteUserConfiguration',
  'DisableApp',
  'ExecuteSearch',
  'ExportItems',
  'FindMessageTrackingReport',
  'GetAppManifests',
  'GetAppMarketplaceUrl',
  'GetClientAccessToken',
  'GetDelegate',
  'GetDiscoverySearchConfiguration',
  'GetHoldOnMailboxes',
  'GetLastPrivateCatalogUpdate',
  'GetMessageTrackingReport',
  'GetNonIndexableItemDetails',
  'GetNonIndexableItemStatistics',
  'GetPrivateCatalogAddIns',
  'GetSearchableMailboxes',
  'GetSpecificUserConfiguration',
  'GetUserConfiguration',
  'InstallApp',
  'RemoveDelegate',
  'SearchMailboxes',
  'SetHoldOnMailboxes',
  'SetTeamMailbox',
  'SetUserOofSettings',
  'SetUserPhoto',
  'StartSearchSession',
  'UninstallApp',
  'UnpinTeamMailbox',
  'UpdateDelegate',
  'UpdateInboxRules',
  'UpdateItemInRecoverableItems',
  'UpdateUserConfiguration',
  'UploadItems',
] as const;

/** Presets a configuration may name in `operations`. */
export const OPERATION_PRESETS = {
  capture: new Set<string>(CAPTURE),
  mail: new Set<string>([...CAPTURE, ...MAIL]),
  all: new Set<string>([...CAPTURE, ...MAIL, ...OTHER]),
} as const satisfies Record<string, ReadonlySet<string>>;

export type OperationPreset = keyof typeof OPERATION_PRESETS;

/** Every operation the gateway knows. */
export const KNOWN_OPERATIONS: ReadonlySet<string> = new Set([...OPERATION_PRESETS.all, ...DANGEROUS]);

/** Names that can be granted: operations, and Subscribe with a PushSubscriptionRequest. */
export const GRANTABLE: ReadonlySet<string> = new Set([...KNOWN_OPERATIONS, 'PushSubscription']);

/** Operations whose element has another name than they have (services.wsdl). */
const ELEMENTS: ReadonlyMap<string, string> = new Map(
  [
    'GetUserAvailability',
    'GetUserOofSettings',
    'SetUserOofSettings',
    'GetMeetingInstance',
    'DeleteMeetingInstance',
    'UpdateMeetingInstance',
    'CreateMeetingInstance',
  ].map((operation) => [`${operation}Request`, operation]),
);

/** The name of the operation that an element of the Body is, else undefined. */
export function operationName({ namespace, localName }: ExpandedName): string | undefined {
  if (namespace !== EWS_MESSAGES) return undefined;
  return (
    ELEMENTS.get(localName) ??
    (KNOWN_OPERATIONS.has(localName) && !ELEMENTS.has(`${localName}Request`) ? localName : undefined)
  );
}

/** Whether answers to the operation may be silent for minutes (GetStreamingEvents' hanging connection). */
export function isHanging(operation: string): boolean {
  return operation === 'GetStreamingEvents';
}

/** Whether an operation changes nothing, so that it can be sent a second time. */
export function onlyReads(operation: string): boolean {
  return (
    /^(?:Get|Find|Resolve|Convert|Sync)(?!Events|StreamingEvents)/.test(operation) &&
    operation !== 'GetClientAccessToken'
  );
}

/** Whether the ids in a request are what the operation is about, and not where it looks. */
export function namesItems(operation: string | undefined): boolean {
  return operation !== undefined && !/^(?:Find|Sync)/.test(operation);
}

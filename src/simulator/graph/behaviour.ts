/**
 * Where sources disagree, or a behaviour is only inferred, both answers: `A` is what is held likelier. Tests play all
 * of A, all of B, and each point flipped alone, so that nobody relies on one of them.
 */

const POINTS = {
  /** Where DELETE of a message leaves it. A [thread msgraph-sdk-powershell#3265], B [measured, consumers]. */
  deletedMessages: ['recoverable', 'deletedItems'],
  /** Where DELETE of a folder leaves it. A [thread outlook-assistant#218, personal accounts], B [inferred]. */
  deletedFolders: ['deletedItems', 'recoverable'],
  /** What PATCH does with If-Match; no page says [inferred]. */
  ifMatch: ['honoured', 'ignored'],
  /** A stale `@odata.etag` in the body of a PATCH. A [thread davmail#491], B [inferred]. */
  etagInBody: ['honoured', 'ignored'],
  /** Read-only members in a PATCH. A [davmail sends whole drafts, 2026], B [thread microsoft-graph-docs#6439]. */
  readOnlyMembers: ['ignored', 'refused'],
  /** Subject, body, recipients of a message that is no draft. A [thread microsoft-graph-docs#17008], B [thread
   * microsoft-graph-docs-contrib#1143]: 200, and nothing has changed. */
  contentOfNonDrafts: ['refused', 'unchanged'],
  /** Whether the request for a read receipt can be taken back from received mail, so that none is sent [inferred]. */
  receiptRequests: ['fixed', 'changeable'],
  /** From 31 December 2026 such changes need Mail-Advanced.ReadWrite [doc techcommunity 4505227]. */
  mailAdvancedGate: [false, true],
  /** Whether extended properties of content count for that gate; no page says [inferred]. */
  gateOnExtendedProperties: [false, true],
  /** MIME above 2,240 kB: B [thread microsoft-graph-docs#13979] answers 200 and does nothing. */
  largeMime: ['accepted', 'lost'],
  /** `$count` of filtered lists. B [thread microsoft-graph-docs#3848]. */
  filteredCount: ['exact', 'minusOne'],
  /** Counters of folders: B [doc mailFolder: eventually consistent], one change behind. */
  folderCounters: ['current', 'late'],
  /** A mailbox above its quota refuses reading too. B [thread microsoft-graph-docs#2927]. */
  quotaOnRead: [false, true],
  /** MIME posted to a folder. A [doc], B [thread microsoft-graph-docs#16368] UnableToDeserializePostBody. */
  mimeIntoFolders: ['accepted', 'refused'],
  /** Code of URL options that name unknown properties. A [thread paperweight#1, 2026], B [thread davmail#488]. */
  unknownProperty: ['RequestBroker--ParseUri', 'BadRequest'],
  /** Unknown members of bodies. A [threads, today], B [thread msgraph-sdk-dotnet#270]. */
  unknownMember: ['UnableToDeserializePostBody', 'RequestBodyRead'],
  /** Sorting by what the filter does not begin with. A [doc], B [thread pipedream#17365] silently unsorted. */
  sortOutsideFilter: ['refused', 'unsorted'],
  /** startswith with a sort order of dates. A [thread Mail-Otter#168], B [thread python-o365#840]. */
  startswithSorted: ['accepted', 'refused'],
  /** What an always-true date in front of the filter carries. A [code, several], B [inferred] isRead and
   * hasAttachments only. */
  dateFirstCarries: ['all', 'flags'],
  /** Whether `$filter` compares the fractions of seconds that answers do not show; no page says [inferred]. */
  fractionsOfDates: ['cut', 'compared'],
  /** The order of a filtered list that asks for none. A [inferred], B [thread Microsoft365R#131] oldest first. */
  unsortedFilter: ['newestFirst', 'oldestFirst'],
  /** Whether the plain form of a message's id that is given out compressed names the message too, and the other way
   * round [inferred]. */
  otherIdForms: ['same', 'unknown'],
  /** Whether the parent of msgfolderroot can be read [inferred]. */
  rootFolder: ['found', 'notFound'],
  /** Folders that EWS made without FolderClass. A [doc MS-OXOSFLD: they count as IPF.Note], B [inferred] not listed. */
  foldersWithoutClass: ['mail', 'hidden'],
  /** recoverableitemsroot, -purges, -versions … A [thread atlas#252], B [inferred]. */
  recoverableNames: ['known', 'unknown'],
  /** `$select` of a derived attachment's property by a cast [inferred]; without one it is refused [thread
   * graph-explorer-v4#3916]. */
  castInSelect: ['accepted', 'refused'],
  /** Moving a folder to the parent it has [inferred]. */
  moveToSameParent: ['conflict', 'unchanged'],
  /** Whether a purged message answers GET by id. B [measured, consumers]. */
  purgedMessages: ['gone', 'readable'],
  /** Whether the later rounds of a filtered delta tell of older messages [inferred]. */
  filteredDelta: ['newerOnly', 'all'],
  /** Generations of a delta token that can be used again. A [thread microsoft-graph-docs#2877], B [inferred]. */
  deltaGenerations: [3, 1],
  /** Pages of changes. A [threads olkcli#99, PR#101] of the preferred size; B of the server's own, which a preference
   * allows [doc OData 8.2.8.5], a later round beginning with an empty one [doc delta-query-overview]. */
  deltaPages: ['preferred', 'ofTheServer'],
  /** Reason of a removed folder. Both [code comm-central GraphServer]. */
  removedFolder: ['deleted', 'changed'],
  /** A POST without body and Content-Length. A [measured], B [inferred]. */
  bodylessPost: ['lengthRequired', 'accepted'],
  /** What the four requests in flight are counted by. A [doc throttling], B [thread docs-contrib PR#9428]. */
  concurrencyPer: ['mailbox', 'app'],
  /** Steps of a batch that run at once. A [doc], B [observed]: all, and the fifth is refused. */
  batchAtOnce: [4, 20],
  /** Binary content inside a batch [inferred]. */
  batchBinary: ['base64', 'base64url'],
  /** Items of calendars, contacts and tasks, asked for as messages by their ids [inferred]. */
  otherKinds: ['found', 'notFound'],
  /** MIME of a message that is larger than a single call may be [inferred]. */
  largeValue: ['whole', 'refused'],
  /** Extended properties set to null. A [inferred] they go, B [inferred] refused. */
  nullProperty: ['removes', 'refused'],
  /** PR_MESSAGE_FLAGS that make a new message no draft. A [thread exchangelib#716] any without the unsent bit, B
   * [code davmail] 4 only. */
  nonDraftFlags: ['anyWithoutUnsent', 'submittedOnly'],
  /** childFolderCount [inferred]. */
  hiddenChildren: ['notCounted', 'counted'],
  /** A draft with PidTagDeleteAfterSubmit (0x0E01) keeps no copy when it is sent. A [inferred from MS-OXOMSG 2.2.3.8,
   * which the store follows], B [inferred]. */
  deleteAfterSubmit: ['honoured', 'ignored'],
  /** `comment` of createReply and the like. A [doc], B [doc known issues, 2021] lost. */
  commentOfDrafts: ['quoted', 'lost'],
  /** Transport headers (0x007D) of messages in Sent Items. A [thread microsoft-graph-docs#18761] missing. */
  headersOfSentItems: ['missing', 'present'],
  /** Deleting an attachment of a message that is no draft [inferred]. */
  attachmentsOfNonDrafts: ['changeable', 'fixed'],
  /** archivemsgfolderroot. A [doc thread microsoft-graph-docs#2910: archives are out of reach], B [thread, the same]:
   * it answers with the "Top of Information Store". */
  archiveRoot: ['unknown', 'topOfMailbox'],
  /** PidTagNativeBody (0x1016) of messages [inferred]. */
  nativeBody: ['given', 'missing'],
  /** PidTagMessageClass of a message that is there [inferred]; at creation it can be given [code: notes]. */
  laterItemClass: ['changeable', 'fixed'],
  /** PidTagPolicyTag of messages [inferred]. */
  retentionTags: ['writable', 'fixed'],
  /** Extended properties beyond 32 kB. A [inferred] they come as they are, B [inferred] their beginning does. */
  largeProperties: ['whole', 'cut'],
  /** createdDateTime in `$filter` and `$orderby` of messages [inferred]. */
  creationInQueries: ['accepted', 'refused'],
  /** Importance, flags and the sender in `$orderby` [inferred]. */
  furtherSorts: ['accepted', 'refused'],
  /** PidTagContainerClass of a folder that is made [inferred]. */
  folderClassAtCreation: ['kept', 'ignored'],
  /** The id of a folder that is moved. A [inferred: it holds nothing of the parent], B [inferred]. */
  movedFolderIds: ['kept', 'changed'],
  /** Attachments in the answer to posted MIME. A [inferred: they are a navigation property], B [inferred]. */
  attachmentsOfPostedMime: ['missing', 'given'],
  /** Moving a message to recoverableitemsdeletions [inferred]. */
  movesToRecoverable: ['accepted', 'refused'],
} as const;

/** One answer for each point. */
export type GraphBehaviour = { readonly [P in keyof typeof POINTS]: (typeof POINTS)[P][number] };

export type BehaviourPoint = keyof typeof POINTS;

export const BEHAVIOUR_POINTS = Object.keys(POINTS) as readonly BehaviourPoint[];

function all(index: 0 | 1): GraphBehaviour {
  return Object.fromEntries(
    Object.entries(POINTS).map(([point, answers]) => [point, answers[index]]),
  ) as GraphBehaviour;
}

/** The likelier answers. */
export const ALL_A: GraphBehaviour = all(0);
/** The others. */
export const ALL_B: GraphBehaviour = all(1);

/** A behaviour with one point answered the other way. */
export function flipped(behaviour: GraphBehaviour, point: BehaviourPoint): GraphBehaviour {
  const [a, b] = POINTS[point];
  return { ...behaviour, [point]: behaviour[point] === a ? b : a };
}

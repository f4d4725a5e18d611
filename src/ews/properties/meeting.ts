/**
 * Properties of meeting messages, in the order of types.xsd (MeetingMessageType,
 * MeetingRequestMessageType, MeetingResponseMessageType, MeetingCancellationMessageType).
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/meetingrequest
 */
import type { PropertyRow } from './types.ts';
import type { ValueOfRow } from './values.ts';

const ALL = { shape: 'AllProperties' } as const;
const TEXT = { kind: 'string' } as const;
const TRUTH = { kind: 'boolean' } as const;
/** A boolean that the EWS Managed API reads as a value type of meeting requests. */
const FLAG = { kind: 'boolean', required: false, ...ALL } as const;
const DATE = { kind: 'dateTime' } as const;
const COUNT = { kind: 'int', ...ALL, inList: false } as const;
const NUMBER = { kind: 'int', ...ALL } as const;
const ATTENDEES = { kind: 'attendees', ...ALL, inList: false } as const;
const UNSERVED = { kind: 'unserved' } as const;
const UNSERVED_2010 = { ...UNSERVED, since: 'Exchange2010' } as const;
const UNSERVED_2013 = { ...UNSERVED, since: 'Exchange2013' } as const;

const RESPONSES = ['Unknown', 'Organizer', 'Tentative', 'Accept', 'Decline', 'NoResponseReceived'] as const;
const FREE_BUSY = ['Free', 'Tentative', 'Busy', 'OOF', 'NoData'] as const;
const KINDS = ['None', 'FullUpdate', 'InformationalUpdate', 'NewMeetingRequest', 'Outdated'] as const;
const ITEM_TYPES = ['Single', 'Occurrence', 'Exception', 'RecurringMaster'] as const;

/** What MeetingMessageType adds to a message. */
export const MEETING_ROWS = [
  { uri: 'meeting:AssociatedCalendarItemId', kind: 'itemId', ...ALL, inList: false },
  { uri: 'meeting:IsDelegated', ...FLAG },
  { uri: 'meeting:IsOutOfDate', ...FLAG, inList: false },
  { uri: 'meeting:HasBeenProcessed', ...FLAG },
  { uri: 'meeting:ResponseType', kind: 'enum', values: RESPONSES, ...ALL, required: 'Unknown' },
  { uri: 'calendar:UID', ...TEXT, ...ALL, since: 'Exchange2007_SP1' },
  { uri: 'calendar:RecurrenceId', ...DATE, ...ALL, since: 'Exchange2007_SP1' },
  { uri: 'calendar:DateTimeStamp', ...DATE, ...ALL, since: 'Exchange2007_SP1' },
  { uri: 'calendar:IsOrganizer', ...FLAG, since: 'Exchange2013' },
] as const satisfies readonly PropertyRow[];

/** What MeetingRequestMessageType adds to a meeting message. */
export const MEETING_REQUEST_ROWS = [
  {
    uri: 'meetingRequest:MeetingRequestType',
    kind: 'enum',
    values: KINDS,
    ...ALL,
    inList: false,
    required: 'None',
  },
  {
    uri: 'meetingRequest:IntendedFreeBusyStatus',
    kind: 'enum',
    values: FREE_BUSY,
    ...ALL,
    required: 'NoData',
  },
  { uri: 'calendar:Start', ...DATE, ...ALL },
  { uri: 'calendar:End', ...DATE, ...ALL },
  { uri: 'calendar:OriginalStart', ...DATE, ...ALL, inList: false },
  { uri: 'calendar:IsAllDayEvent', ...FLAG },
  { uri: 'calendar:LegacyFreeBusyStatus', kind: 'enum', values: FREE_BUSY, ...ALL, required: 'NoData' },
  { uri: 'calendar:Location', ...TEXT, ...ALL },
  { uri: 'calendar:When', ...TEXT, ...ALL },
  { uri: 'calendar:IsMeeting', ...FLAG, required: true },
  { uri: 'calendar:IsCancelled', ...FLAG },
  { uri: 'calendar:IsRecurring', ...FLAG },
  { uri: 'calendar:MeetingRequestWasSent', ...FLAG },
  { uri: 'calendar:CalendarItemType', kind: 'enum', values: ITEM_TYPES, ...ALL, required: 'Single' },
  { uri: 'calendar:MyResponseType', kind: 'enum', values: RESPONSES, ...ALL, required: 'Unknown' },
  { uri: 'calendar:Organizer', kind: 'mailbox', ...ALL },
  { uri: 'calendar:RequiredAttendees', ...ATTENDEES },
  { uri: 'calendar:OptionalAttendees', ...ATTENDEES },
  { uri: 'calendar:Resources', ...ATTENDEES },
  { uri: 'calendar:ConflictingMeetingCount', ...COUNT, required: 0 },
  { uri: 'calendar:AdjacentMeetingCount', ...COUNT, required: 0 },
  { uri: 'calendar:ConflictingMeetings', ...UNSERVED },
  { uri: 'calendar:AdjacentMeetings', ...UNSERVED },
  { uri: 'calendar:Duration', ...TEXT, ...ALL },
  { uri: 'calendar:TimeZone', ...TEXT, ...ALL },
  { uri: 'calendar:AppointmentReplyTime', ...DATE, ...ALL },
  { uri: 'calendar:AppointmentSequenceNumber', ...COUNT, required: 0 },
  { uri: 'calendar:AppointmentState', ...NUMBER, required: 0 },
  { uri: 'calendar:Recurrence', ...UNSERVED },
  { uri: 'calendar:FirstOccurrence', ...UNSERVED },
  { uri: 'calendar:LastOccurrence', ...UNSERVED },
  { uri: 'calendar:ModifiedOccurrences', ...UNSERVED },
  { uri: 'calendar:DeletedOccurrences', ...UNSERVED },
  { uri: 'calendar:MeetingTimeZone', ...UNSERVED },
  { uri: 'calendar:StartTimeZone', ...UNSERVED_2010 },
  { uri: 'calendar:EndTimeZone', ...UNSERVED_2010 },
  { uri: 'calendar:ConferenceType', ...NUMBER, required: 0 },
  { uri: 'calendar:AllowNewTimeProposal', ...TRUTH, ...ALL, required: true },
  { uri: 'calendar:IsOnlineMeeting', ...FLAG },
  { uri: 'calendar:MeetingWorkspaceUrl', ...TEXT, ...ALL },
  { uri: 'calendar:NetShowUrl', ...TEXT, ...ALL },
  { uri: 'calendar:EnhancedLocation', ...UNSERVED_2013 },
  { uri: 'meetingRequest:ChangeHighlights', ...UNSERVED_2013 },
  { uri: 'calendar:StartWallClock', ...DATE, since: 'Exchange2013' },
  { uri: 'calendar:EndWallClock', ...DATE, since: 'Exchange2013' },
  { uri: 'calendar:StartTimeZoneId', ...TEXT, since: 'Exchange2013' },
  { uri: 'calendar:EndTimeZoneId', ...TEXT, since: 'Exchange2013' },
] as const satisfies readonly PropertyRow[];

/** What only MeetingResponseMessageType has. */
export const MEETING_RESPONSE_ROWS = [
  { uri: 'meeting:ProposedStart', ...DATE, ...ALL, since: 'Exchange2013' },
  { uri: 'meeting:ProposedEnd', ...DATE, ...ALL, since: 'Exchange2013' },
] as const satisfies readonly PropertyRow[];

/** The row of a meeting message's own property, as a type. */
export type MeetingRow =
  (typeof MEETING_ROWS)[number] | (typeof MEETING_REQUEST_ROWS)[number] | (typeof MEETING_RESPONSE_ROWS)[number];

/** Every property that a meeting message may be asked for beyond those of a message. */
export type MeetingFieldUri = MeetingRow['uri'];
/** Those that answers may have. */
export type ServedMeetingFieldUri = Exclude<MeetingRow, { readonly kind: 'unserved' }>['uri'];
/** The type of a property's value. */
export type MeetingValue<Uri extends MeetingFieldUri> = ValueOfRow<Extract<MeetingRow, { readonly uri: Uri }>>;

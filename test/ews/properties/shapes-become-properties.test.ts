import t from 'tap';
import { folderElementName, itemElementName } from '../../../src/ews/properties/elements.ts';
import { wantedFolderProperties, wantedItemProperties } from '../../../src/ews/properties/wanted.ts';
import { ResponseError } from '../../../src/ews/response-messages.ts';
import { itemShape, type ItemShape } from '../../../src/ews/shape.ts';

const IN_ITEM = { version: 'Exchange2013', inList: false } as const;
const IN_LIST = { version: 'Exchange2013', inList: true } as const;

function shape(parts: Omit<Partial<ItemShape>, 'fields'>, fields: readonly string[] = []): ItemShape {
  return { ...itemShape(undefined), base: 'IdOnly', ...parts, fields: new Set(fields) };
}

const uris = (wanted: { readonly properties: readonly { readonly uri: string }[] }): string[] =>
  wanted.properties.map(({ uri }) => uri);

t.test('the base shapes of mail', async (t) => {
  t.same(uris(wantedItemProperties(shape({}), IN_ITEM)), ['item:ItemId']);
  const common = [
    'item:ItemId',
    'item:Subject',
    'item:Sensitivity',
    'item:Size',
    'item:DateTimeSent',
    'item:DateTimeCreated',
    'item:HasAttachments',
    'item:IsAssociated',
    'message:IsReadReceiptRequested',
    'message:IsDeliveryReceiptRequested',
    'message:From',
    'message:IsRead',
  ];
  t.same(uris(wantedItemProperties(shape({ base: 'Default' }), IN_LIST)), common);
  t.same(
    uris(wantedItemProperties(shape({ base: 'Default' }), IN_ITEM)).filter((uri) => !common.includes(uri)),
    ['item:Body', 'item:ResponseObjects', 'message:ToRecipients'],
  );
});

t.test('what is large or computed has to be named, even for AllProperties', async (t) => {
  const all = wantedItemProperties(shape({ base: 'AllProperties' }), { version: 'Exchange2016', inList: false });
  for (const uri of [
    'item:MimeContent',
    'item:UniqueBody',
    'item:NormalizedBody',
    'item:TextBody',
    'item:StoreEntryId',
  ] as const) {
    t.notOk(all.has(uri), uri);
    t.ok(wantedItemProperties(shape({}, [uri]), IN_ITEM).has(uri), `${uri} by name`);
  }
});

t.test('lists never have what only GetItem gives', async (t) => {
  const onlyInItems = [
    'item:MimeContent',
    'item:Body',
    'item:Attachments',
    'item:InternetMessageHeaders',
    'item:ResponseObjects',
    'item:UniqueBody',
    'item:NormalizedBody',
    'item:TextBody',
    'message:ToRecipients',
    'message:CcRecipients',
    'message:BccRecipients',
    'message:ReplyTo',
    'meeting:AssociatedCalendarItemId',
    'meeting:IsOutOfDate',
  ];
  const asked = shape({ base: 'AllProperties', headers: ['Date'], bodyType: 'Text' }, onlyInItems);
  const given = uris(wantedItemProperties(asked, IN_ITEM));
  const listed = uris(wantedItemProperties(asked, IN_LIST));
  t.same(
    given.filter((uri) => !listed.includes(uri)).toSorted(),
    [...onlyInItems, ...RARE].toSorted(),
    'and nothing else is missing',
  );
});

/** Of meeting requests, whose lists lack them too. */
const RARE = [
  'meetingRequest:MeetingRequestType',
  'calendar:OriginalStart',
  'calendar:RequiredAttendees',
  'calendar:OptionalAttendees',
  'calendar:Resources',
  'calendar:ConflictingMeetingCount',
  'calendar:AdjacentMeetingCount',
  'calendar:AppointmentSequenceNumber',
];

t.test('a FieldURI that only other items have, or nobody serves, is left out without a word', async (t) => {
  const asked = [
    'calendar:JoinOnlineMeetingUrl',
    'contacts:Birthday',
    'task:Owner',
    'message:VotingInformation',
    'item:EntityExtractionResult',
    'calendar:Recurrence',
    'item:MimeContentUTF8',
    'item:Likes',
  ];
  t.same(uris(wantedItemProperties(shape({}, asked), { version: 'Exchange2016', inList: false })), ['item:ItemId']);
  t.same(uris(wantedFolderProperties(shape({}, ['folder:PermissionSet']), 'Exchange2016')), ['folder:FolderId']);
});

t.test('a FieldURI that nothing has is refused', async (t) => {
  const refused = (read: () => unknown): void => {
    const error = t.throws(read, ResponseError) as unknown;
    t.match(error, { responseCode: 'ErrorInvalidPropertyRequest' });
  };
  for (const uri of ['item:Nothing', 'folder:DisplayName', 'attachment:Name', '', 'item:subject'])
    refused(() => wantedItemProperties(shape({}, [uri]), IN_ITEM));
  for (const uri of ['folder:Nothing', 'item:Subject', 'calendar:Start'])
    refused(() => wantedFolderProperties(shape({}, [uri]), 'Exchange2016'));
});

t.test('internet headers are wanted one by one, or all', async (t) => {
  const some = wantedItemProperties(shape({ headers: ['Date', 'X-Spam'] }), IN_ITEM);
  t.ok(some.has('item:InternetMessageHeaders'));
  t.same(some.headers, ['date', 'x-spam']);
  const all = wantedItemProperties(shape({ headers: ['Date'] }, ['item:InternetMessageHeaders']), IN_ITEM);
  t.equal(all.headers, undefined);
  t.equal(wantedItemProperties(shape({ base: 'AllProperties', headers: ['Date'] }), IN_ITEM).headers, undefined);
  t.notOk(wantedItemProperties(shape({ headers: ['Date'] }), IN_LIST).has('item:InternetMessageHeaders'));
});

t.test('a kind of body that is named asks for a body', async (t) => {
  t.ok(wantedItemProperties(shape({ bodyType: 'Text' }), IN_ITEM).has('item:Body'));
  t.notOk(wantedItemProperties(shape({ bodyType: 'Best' }), IN_ITEM).has('item:Body'));
});

t.test('each class of items and folders has one element', async (t) => {
  const items = {
    'IPM.Note': 'Message',
    'IPM.Note.SMIME.MultipartSigned': 'Message',
    'REPORT.IPM.Note.NDR': 'Message',
    'IPM.Sharing': 'Message',
    'IPM.StickyNote': 'Message',
    'IPM.Schedule.Meeting.Request': 'MeetingRequest',
    'ipm.schedule.meeting.request.custom': 'MeetingRequest',
    'IPM.Schedule.Meeting.Resp.Tent': 'MeetingResponse',
    'IPM.Schedule.Meeting.Canceled': 'MeetingCancellation',
    'IPM.Schedule.Meeting.Notification.Forward': 'MeetingMessage',
    'IPM.Post': 'PostItem',
    'IPM.Post.Rss': 'PostItem',
    'IPM.Postcard': 'Message',
    'IPM.Appointment': 'Item',
    'IPM.Contact': 'Item',
    'IPM.TaskRequest': 'Message',
  };
  for (const [itemClass, name] of Object.entries(items)) t.equal(itemElementName(itemClass), name, itemClass);
  t.equal(itemElementName(undefined), 'Message');
  const folders = {
    'IPF.Note': 'Folder',
    'IPF.Appointment': 'CalendarFolder',
    'IPF.Contact.RecipientCache': 'ContactsFolder',
    'IPF.Task': 'TasksFolder',
    'IPF.StickyNote': 'Folder',
    '': 'Folder',
  };
  for (const [folderClass, name] of Object.entries(folders)) t.equal(folderElementName(folderClass), name, folderClass);
  t.equal(folderElementName('IPF.Note', true), 'SearchFolder');
});

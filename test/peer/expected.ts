/**
 * What is expected of exchangelib's tests: which of them are counted, and which fail for what reason. All others pass.
 */
import { PEER_TESTS_THROUGH_GRAPH } from '../../scripts/peer-test-notes.ts';
import type { Backend } from './backends.ts';

/** Those of the suite's modules that ask a server. */
export const MODULES: readonly string[] = [
  'test_items.test_messages',
  'test_attachments',
  'test_items.test_sync',
  'test_folder',
  'test_extended_properties',
  'test_items.test_bulk',
  'test_queryset',
  'test_items.test_queryset',
  'test_items.test_helpers',
  'test_account',
  'test_services',
];

/** What an import asks for. */
export const IMPORT_OPERATIONS: ReadonlySet<string> = new Set([
  'ConvertId',
  'CopyItem',
  'CreateFolder',
  'DeleteItem',
  'FindFolder',
  'FindItem',
  'GetAttachment',
  'GetFolder',
  'GetItem',
  'GetServerTimeZones',
  'MoveItem',
  'ResolveNames',
  'UpdateItem',
]);

/** By class, the tests that are counted: they are about mail, and about operations of an import. */
const COUNTED_BY_CLASS: Readonly<Record<string, readonly string[]>> = {
  'test_items.test_messages.MessagesTest': [
    'test_filter_on_simple_fields',
    'test_item_insert',
    'test_item_update',
    'test_item_update_extended_properties',
    'test_item_update_wipe',
    'test_mime_content',
    'test_queryset_nonsearchable_fields',
    'test_save_and_delete',
    'test_text_field_settings',
  ],
  'test_attachments.AttachmentsTest': [
    'test_both_attachment_types',
    'test_detach_all',
    'test_detach_with_refresh',
    'test_empty_file_attachment',
    'test_file_attachments',
    'test_item_attachments',
    'test_raw_service_call',
    'test_recursive_attachments',
    'test_streaming_file_attachment_error',
    'test_streaming_file_attachments',
  ],
  'test_folder.FolderTest': [
    'test_counts',
    'test_empty_collections',
    'test_extended_properties',
    'test_find_folders',
    'test_find_folders_with_restriction',
    'test_folder_grouping',
    'test_get_folders',
    'test_get_folders_with_distinguished_id',
    'test_refresh',
  ],
  'test_extended_properties.ExtendedPropertyTest': [
    'test_extended_distinguished_property',
    'test_extended_property_arraytype',
    'test_extended_property_binary_array',
    'test_extended_property_with_string_tag',
    'test_extended_property_with_tag',
    'test_multiple_extended_properties',
    'test_register',
    'test_via_queryset',
  ],
  'test_items.test_bulk.BulkMethodTest': ['test_bulk_create', 'test_bulk_failure', 'test_fetch'],
  'test_items.test_queryset.ItemQuerySetTest': [
    'test_cached_queryset_corner_cases',
    'test_copy_via_queryset',
    'test_delete_via_queryset',
    'test_depth',
    'test_empty_in_sequence',
    'test_move_via_queryset',
    'test_paging',
    'test_queryset_get_by_id',
    'test_querysets',
    'test_slicing',
  ],
  'test_items.test_helpers.ItemHelperTest': [
    'test_copy',
    'test_move',
    'test_move_to_trash',
    'test_refresh',
    'test_save_with_update_fields',
    'test_soft_delete',
  ],
  'test_account.AccountTest': ['test_login_failure_and_credentials_update', 'test_pickle'],
  'test_services.ServicesTest': ['test_version_renegotiate'],
};

export const COUNTED: ReadonlySet<string> = new Set(
  Object.entries(COUNTED_BY_CLASS).flatMap(([of, methods]) => methods.map((method) => `${of}.${method}`)),
);

const BOTH: Readonly<Record<string, string>> = {
  'test_attachments.AttachmentsTest.test_raw_service_call':
    'compares the HTML of an attached message with what the filter of Exchange makes of it, letter by letter',
  'test_items.test_sync.SyncTest.test_streaming_invalid_subscription':
    "the gateway refuses subscriptions that are not the caller's own, with a fault and before Exchange is asked",
  'test_items.test_bulk.CalendarBulkMethodTest.test_no_account':
    'creates an appointment; neither the simulated mailboxes nor Microsoft Graph through the gateway have any',
  'test_items.test_queryset.ItemQuerySetTest.test_mark_as_junk_via_queryset':
    'expects that MarkAsJunk moves nothing, which its authors note as a fault of Exchange Online; the simulator does ' +
    'what the documentation says',
  'test_account.AccountTest.test_mail_tips':
    'leaves out MailTipsRequested, whose value it writes between the elements; Exchange does without it, which no ' +
    'other source tells of elements that the schema demands',
  'test_services.ServicesTest.test_get_elements':
    'sends an element that is no operation, which the gateway refuses with ErrorAccessDenied; Exchange says ' +
    'ErrorInvalidRequest',
};

/** Why a test fails. */
export const FAILURES: Readonly<Record<Backend, Readonly<Record<string, string>>>> = {
  ews: BOTH,
  graph: { ...BOTH, ...PEER_TESTS_THROUGH_GRAPH },
};

/** Why a test is not counted that asks for operations of an import only. */
export const OUT_OF_SCOPE: ReadonlyMap<string, string> = new Map([
  ...of('sends and answers messages', [
    'test_items.test_messages.MessagesTest.test_create_forward',
    'test_items.test_messages.MessagesTest.test_create_reply',
    'test_items.test_messages.MessagesTest.test_forward',
    'test_items.test_messages.MessagesTest.test_reply',
    'test_items.test_messages.MessagesTest.test_reply_all',
    'test_items.test_messages.MessagesTest.test_send',
    'test_items.test_messages.MessagesTest.test_send_and_copy_to_folder',
    'test_items.test_messages.MessagesTest.test_send_and_save',
    'test_items.test_messages.MessagesTest.test_send_no_copy',
  ]),
  ...of('looks at the library alone', [
    'test_attachments.AttachmentsTest.test_attachment_failure',
    'test_attachments.AttachmentsTest.test_file_attachment_properties',
    'test_attachments.AttachmentsTest.test_item_attachment_properties',
    'test_attachments.AttachmentsTest.test_magic',
    'test_extended_properties.ExtendedPropertyTest.test_extended_property_validation',
    'test_extended_properties.ExtendedPropertyTest.test_extended_property_with_invalid_tag',
    'test_folder.FolderTest.test_find_folders_compat',
    'test_folder.FolderTest.test_folder_failure',
    'test_items.test_bulk.BulkMethodTest.test_bulk_create_with_no_result',
    'test_items.test_bulk.BulkMethodTest.test_empty_args',
    'test_items.test_bulk.BulkMethodTest.test_invalid_bulk_args',
    'test_items.test_bulk.BulkMethodTest.test_no_kwargs',
    'test_items.test_bulk.BulkMethodTest.test_qs_args',
    'test_items.test_messages.MessagesTest.test_field_names',
    'test_items.test_messages.MessagesTest.test_magic',
    'test_items.test_queryset.ItemQuerySetTest.test_queryset_failure',
    'test_items.test_sync.SyncTest.test_empty_folder_collection',
    'test_items.test_sync.SyncTest.test_get_streaming_events_bad_response',
    'test_items.test_sync.SyncTest.test_get_streaming_events_connection_closed',
    'test_items.test_sync.SyncTest.test_push_message_parsing',
    'test_items.test_sync.SyncTest.test_push_message_responses',
    'test_items.test_sync.SyncTest.test_subscribe_invalid_kwargs',
    'test_services.ServicesTest.test_error_too_many_objects_opened',
    'test_services.ServicesTest.test_exceeded_connection_count',
  ]),
  ...of('is about calendar, contacts, tasks or public folders', [
    'test_account.AccountTest.test_get_default_folder',
    'test_folder.FolderTest.test_absolute',
    'test_folder.FolderTest.test_collection_filtering',
    'test_folder.FolderTest.test_div_navigation',
    'test_folder.FolderTest.test_double_div_navigation',
    'test_folder.FolderTest.test_folders',
    'test_folder.FolderTest.test_glob',
    'test_folder.FolderTest.test_parent',
    'test_folder.FolderTest.test_parts',
    'test_folder.FolderTest.test_permissionset_effectiverights_parsing',
    'test_folder.FolderTest.test_public_folders_root',
    'test_folder.FolderTest.test_walk',
    'test_items.test_bulk.CalendarBulkMethodTest.test_no_account',
  ]),
]);

function of(reason: string, tests: readonly string[]): (readonly [string, string])[] {
  return tests.map((test) => [test, reason]);
}

/** Why tests of exchangelib fail through Graph that pass through EWS, by name (docs/peer-suite.md). */
export const PEER_TESTS_THROUGH_GRAPH: Readonly<Record<string, string>> = {
  'test_folder.FolderTest.test_collection_filtering':
    'lists the items of all folders at once, the calendar among them, which can only be opened',
  'test_items.test_sync.SyncTest.test_pull_subscribe':
    'subscribes to all folders at once, the calendar among them, which can only be opened',
  'test_items.test_sync.SyncTest.test_push_subscribe': 'subscribes to events that Exchange pushes',
  'test_items.test_sync.SyncTest.test_streaming_subscribe':
    'subscribes to all folders at once, the calendar among them, which can only be opened',
  'test_folder.FolderTest.test_user_configuration':
    'keeps configurations of its own in folders, which Graph has none of',
  'test_folder.FolderTest.test_double_div_navigation':
    'looks for the calendar among the folders, where it is not listed',
  'test_folder.FolderTest.test_extended_properties':
    'asks for the size of the root, the folder above all that Graph shows',
  'test_folder.FolderTest.test_folders': 'opens the folder of tasks',
  'test_folder.FolderTest.test_glob': 'looks for folders beside the top of all folders, and below contacts',
  'test_folder.FolderTest.test_walk': 'walks the folders below contacts',
  'test_account.AccountTest.test_get_default_folder':
    'wants the calendar to be named in the language of the mailbox; the gateway calls it Calendar',
};

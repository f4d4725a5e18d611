import t from 'tap';
import type { ItemUri, ItemValue, ServedFolderUri, ServedItemUri } from '../../../src/ews/properties/elements.ts';
import type { FolderValue } from '../../../src/ews/properties/folder.ts';
import { MESSAGE_ROWS } from '../../../src/ews/properties/message.ts';

// The compiler does the work: a line that it should refuse and doesn't is an error.

type Readers = { readonly [Uri in ServedItemUri]: () => ItemValue<Uri> | undefined };
type FolderReaders = { readonly [Uri in ServedFolderUri]: () => FolderValue<Uri> | undefined };

t.test('a reader has to be complete, and gives values of the kind of each row', async (t) => {
  // @ts-expect-error -- all but one are missing
  const incomplete: Readers = { 'item:Subject': () => 'text' };
  // @ts-expect-error -- all but one are missing
  const folder: FolderReaders = { 'folder:DisplayName': () => 'text' };
  const some: Partial<Readers> = {
    'item:Importance': () => 'High',
    'item:DateTimeSent': () => new Date(0),
    'message:From': () => ({ name: 'Alice', address: undefined }),
    'meeting:ResponseType': () => 'Accept',
    'postitem:PostedTime': () => undefined,
    // @ts-expect-error -- a number is no text
    'item:Subject': () => 5,
    // @ts-expect-error -- not one of the values of this enum
    'item:Sensitivity': () => 'High',
  };
  const unserved: Partial<Readers> = {
    // @ts-expect-error -- nobody serves it
    'message:VotingInformation': () => undefined,
  };
  t.ok(incomplete && folder && some && unserved);
  const known: ItemUri = 'message:VotingInformation';
  t.ok(MESSAGE_ROWS.some(({ uri }) => uri === known));
});

/**
 * What the ids of a request name. Each that names nothing is an error of its own part.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
 */
import { child, children, textAt, type EwsElement } from '../../ews/element.ts';
import { readChangeKey } from '../../ews/ids/change-key.ts';
import { parseId, writeId, type ParsedId } from '../../ews/ids/item-id.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { MailboxError } from '../mailbox/errors.ts';
import type { Attachment, Folder, Item } from '../mailbox/types.ts';
import { NOT_FOUND, type OperationContext } from './operation.ts';
import { schemaViolation } from './soap-fault.ts';

/** Of DistinguishedFolderIdNameType (types.xsd), those that a mailbox may lack. */
const DISTINGUISHED: ReadonlySet<string> = new Set(
  (
    'calendar contacts deleteditems drafts inbox journal notes outbox sentitems tasks msgfolderroot ' +
    'publicfoldersroot root junkemail searchfolders voicemail recoverableitemsroot recoverableitemsdeletions ' +
    'recoverableitemsversions recoverableitemspurges recoverableitemsdiscoveryholds ' +
    'recoverableitemssubstrateholds archive archiveroot archivemsgfolderroot archivedeleteditems archiveinbox ' +
    'archiverecoverableitemsroot archiverecoverableitemsdeletions archiverecoverableitemsversions ' +
    'archiverecoverableitemspurges archiverecoverableitemsdiscoveryholds archiverecoverableitemssubstrateholds ' +
    'archiveoutbox archivesentitems syncissues conflicts localfailures serverfailures recipientcache ' +
    'quickcontacts conversationhistory adminauditlogs todosearch mycontacts directory imcontactlist ' +
    'peopleconnect favorites mecontact personmetadata teamspaceactivity teamspacemessaging teamspaceworkitems ' +
    'scheduled orionnotes tagitems alltaggeditems allcategorizeditems externalcontacts teamchat teamchathistory ' +
    'yammerdata yammerroot yammerinbound yammeroutbound yammerfeeds kaizaladata messageingestion onedriveroot ' +
    'onedriverecylebin onedrivesystem onedrivevolume important starred activity allcontacts fromfavoritesenders ' +
    'userconfiguration workingset'
  ).split(' '),
);

/**
 * The folder a FolderId or DistinguishedFolderId names.
 *
 * @param notFound the code where there is none, which differs by the folder's part in the operation
 * @throws ResponseError
 */
export function folderOf(
  { mailbox }: OperationContext,
  id: EwsElement | undefined,
  notFound = 'ErrorFolderNotFound',
): Folder {
  const missing = new ResponseError(notFound, 'The specified folder could not be found in the store.');
  if (id === undefined) throw missing;
  if (id.localName === 'FolderId') {
    const parsed = parsedId(id.attributes.get('Id') ?? '');
    if (parsed.kind === 'item' || parsed.kind === 'attachment')
      throw new ResponseError('ErrorCannotUseItemIdForFolderId', 'An item id cannot be used as a folder id.');
    checkChangeKey(id);
    const folder = mailbox.folders.get(id.attributes.get('Id') ?? '');
    if (folder === undefined) throw missing;
    return folder;
  }
  const name = id.attributes.get('Id') ?? '';
  if (id.localName !== 'DistinguishedFolderId' || !DISTINGUISHED.has(name))
    throw schemaViolation(`The 'Id' attribute is invalid: '${name}' is no distinguished folder.`);
  const named = textAt(id, 'Mailbox', 'EmailAddress');
  if (named !== undefined && !mailbox.owns(named))
    throw new ResponseError('ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
  const folder = mailbox.folders.wellKnown(name);
  if (folder !== undefined) return folder;
  // exchangelib's walk over all names expects this of a tenant without public folders.
  if (name === 'publicfoldersroot')
    throw new ResponseError('ErrorNoPublicFolderReplicaAvailable', 'No public folder replica is available.');
  throw missing;
}

/** The folder in an element such as ToFolderId. @throws ResponseError */
export function folderIn(context: OperationContext, name: string, notFound?: string): Folder {
  return folderOf(context, children(child(context.request, name))[0], notFound);
}

/** @throws ResponseError */
export function itemOf({ mailbox }: OperationContext, id: EwsElement | undefined): Item {
  const text = id?.attributes.get('Id') ?? id?.attributes.get('OccurrenceId') ?? '';
  const parsed = parsedId(text);
  if (parsed.kind === 'folder')
    throw new ResponseError('ErrorCannotUseFolderIdForItemId', 'A folder id cannot be used as an item id.');
  if (id !== undefined) checkChangeKey(id);
  const item = mailbox.items.get(text);
  if (item === undefined) throw new ResponseError('ErrorItemNotFound', NOT_FOUND);
  return item;
}

/** @throws ResponseError */
export function attachmentOf(
  { mailbox }: OperationContext,
  id: EwsElement,
): { readonly item: Item; readonly attachment: Attachment; readonly id: string } {
  const text = id.attributes.get('Id') ?? '';
  const parsed = parsedId(text);
  if (parsed.kind !== 'attachment')
    throw new ResponseError('ErrorInvalidIdNotAnItemAttachmentId', 'Id must be an attachment id.');
  try {
    return { ...mailbox.attachment(text), id: text };
  } catch (error) {
    if (!(error instanceof MailboxError)) throw error;
    const isGone = mailbox.items.get(writeId(parsed.item)) === undefined;
    throw isGone
      ? new ResponseError('ErrorItemNotFound', NOT_FOUND)
      : new ResponseError('ErrorInvalidAttachmentId', 'The attachment id is not valid.');
  }
}

/** The ChangeKey that comes with an id, undefined where none does. */
export function changeKeyOf(id: EwsElement | undefined): string | undefined {
  const key = id?.attributes.get('ChangeKey');
  return key === '' ? undefined : key;
}

function checkChangeKey(id: EwsElement): void {
  const key = changeKeyOf(id);
  if (key !== undefined && readChangeKey(key) === undefined)
    throw new ResponseError('ErrorInvalidChangeKey', 'The change key is invalid.');
}

function parsedId(text: string): ParsedId {
  if (text === '') throw new ResponseError('ErrorInvalidIdEmpty', 'Id must be non-empty.');
  const parsed = parseId(text);
  if (parsed === undefined) throw new ResponseError('ErrorInvalidIdMalformed', 'Id is malformed.');
  return parsed;
}

/** The elements of a list such as ItemIds or FolderIds. */
export function listOf({ request }: OperationContext, name: string): readonly EwsElement[] {
  return children(child(request, name));
}

/**
 * What the ids of a request mean at Graph: which mailbox, which path. An id of a mailbox that the caller may not open
 * is refused before Graph is asked.
 */
import { child, children, textAt, type EwsElement } from '../../ews/element.ts';
import { toEwsAlphabet, toGraphAlphabet } from '../../ews/ids/alphabet.ts';
import { parseId, writeId, type AttachmentId, type ItemId, type ParsedId } from '../../ews/ids/item-id.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { WELL_KNOWN_NAMES, type WellKnownName } from './mailbox-directory.ts';
import type { OperationContext, Scope } from './operation.ts';
import { rootFolder, type GraphFolder } from './properties/folder.ts';
import { standInById, standInOf } from './folders/stand-ins.ts';

export interface FolderTarget {
  readonly scope: Scope;
  /** EWS's id. */
  readonly id: string;
  /** Graph's id or well-known name, for paths and destinationId. */
  readonly segment: string;
  /** The folder above msgfolderroot, which Graph does not serve. */
  readonly isRoot: boolean;
}

/** A folder that is only looked at. */
export interface OpenedFolder extends FolderTarget {
  /** The folder itself, where Graph does not serve it. */
  readonly shown: GraphFolder | undefined;
}

export interface ItemTarget {
  readonly scope: Scope;
  readonly id: string;
  readonly segment: string;
  readonly changeKey: string | undefined;
  readonly parsed: ItemId;
}

export interface AttachmentTarget {
  readonly scope: Scope;
  readonly id: string;
  readonly parsed: AttachmentId;
  /** The message's path: /messages/… */
  readonly messagePath: string;
  /** Graph's id of the outermost attachment. */
  readonly segment: string;
}

const NAMES: ReadonlySet<string> = new Set(WELL_KNOWN_NAMES);

/** A t:FolderId or t:DistinguishedFolderId. @throws ResponseError ErrorFolderNotFound, ErrorInvalidIdMalformed, … */
export async function folderTarget(context: OperationContext, element: EwsElement | undefined): Promise<FolderTarget> {
  const target = await openedFolder(context, element);
  if (target.shown?.isClosed !== true) return target;
  throw new ResponseError(
    'ErrorAccessDenied',
    'Microsoft Graph serves mail only: calendar and contacts can be neither read nor changed.',
  );
}

/** A folder of which nothing is wanted but itself. @throws ResponseError as {@link folderTarget} */
export async function openedFolder(context: OperationContext, element: EwsElement | undefined): Promise<OpenedFolder> {
  if (element === undefined) throw new ResponseError('ErrorInvalidRequest', 'The request names no folder.');
  const given = element.attributes.get('Id') ?? '';
  if (element.localName === 'DistinguishedFolderId') {
    const address = textAt(element, 'Mailbox', 'EmailAddress');
    const scope = address === undefined ? context.own : await context.scopeOf(address);
    const name = given.toLowerCase();
    return standIn(scope, standInOf(scope.mailbox, name)) ?? shown(distinguished(scope, name));
  }
  const { scope, parsed } = await scopeOfId(context, given);
  if (parsed.kind === 'item')
    throw new ResponseError('ErrorCannotUseItemIdForFolderId', 'An item id cannot be used as a folder id.');
  if (parsed.kind !== 'folder') throw malformed();
  return standIn(scope, standInById(scope.mailbox, parsed)) ?? shown(byId(scope, given));
}

function standIn(scope: Scope, folder: GraphFolder | undefined): OpenedFolder | undefined {
  if (folder === undefined) return undefined;
  return { scope, id: toEwsAlphabet(folder.id), segment: folder.id, isRoot: false, shown: folder };
}

function shown(target: FolderTarget): OpenedFolder {
  return { ...target, shown: target.isRoot ? rootFolder(target.scope.mailbox) : undefined };
}

/** The folder of a well-known name. @throws ResponseError ErrorFolderNotFound where Graph or the mailbox has none */
export function distinguished(scope: Scope, name: string): FolderTarget {
  const { mailbox } = scope;
  if (name === 'root') return { scope, id: mailbox.rootId, segment: '', isRoot: true };
  const id = NAMES.has(name) ? mailbox.folders.get(name as WellKnownName) : undefined;
  if (id === undefined) {
    // As of a tenant without public folders, which programs know how to take.
    if (name === 'publicfoldersroot')
      throw new ResponseError(
        'ErrorNoPublicFolderReplicaAvailable',
        'Public folders are not available through Microsoft Graph.',
      );
    const reason = name.startsWith('archive')
      ? 'Archive mailboxes are not available through Microsoft Graph.'
      : `Microsoft Graph has no folder "${name.slice(0, 60)}" in this mailbox.`;
    throw new ResponseError('ErrorFolderNotFound', reason);
  }
  return { scope, id, segment: name, isRoot: false };
}

function byId(scope: Scope, id: string): FolderTarget {
  return { scope, id, segment: toGraphAlphabet(id), isRoot: id === scope.mailbox.rootId };
}

/** A t:ItemId (or RecurringMasterItemId's kin, which mail does not have). @throws ResponseError */
export async function itemTarget(context: OperationContext, element: EwsElement | undefined): Promise<ItemTarget> {
  const id = element?.attributes.get('Id') ?? '';
  if (id === '') throw new ResponseError('ErrorInvalidIdEmpty', 'The id is empty.');
  const { scope, parsed } = await scopeOfId(context, id);
  if (parsed.kind === 'folder')
    throw new ResponseError('ErrorCannotUseFolderIdForItemId', 'A folder id cannot be used as an item id.');
  if (parsed.kind !== 'item') throw malformed();
  return { scope, id, segment: toGraphAlphabet(id), changeKey: changeKeyOf(element), parsed };
}

/** @throws ResponseError for a change key that is none of Exchange's: base64 of at least a length and some bytes */
function changeKeyOf(element: EwsElement | undefined): string | undefined {
  const changeKey = element?.attributes.get('ChangeKey') ?? '';
  if (changeKey === '') return undefined;
  if (changeKey.length >= 8 && changeKey.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(changeKey)) return changeKey;
  throw new ResponseError('ErrorInvalidChangeKey', 'The change key is invalid.');
}

/** Whether a message is a draft. */
export async function isDraftAt({ scope, segment }: ItemTarget): Promise<boolean> {
  const { isDraft } = await scope.calls.get<{ readonly isDraft: boolean }>(`/messages/${segment}`, {
    $select: 'isDraft',
  });
  return isDraft;
}

/** A t:ConversationId. @throws ResponseError */
export async function conversationTarget(
  context: OperationContext,
  element: EwsElement | undefined,
): Promise<{ readonly scope: Scope; readonly id: string }> {
  const id = element?.attributes.get('Id') ?? '';
  const { scope, parsed } = await scopeOfId(context, id);
  if (parsed.kind !== 'conversation') throw malformed();
  return { scope, id };
}

/** A t:AttachmentId; its message stands in it. @throws ResponseError */
export async function attachmentTarget(context: OperationContext, element: EwsElement): Promise<AttachmentTarget> {
  const id = element.attributes.get('Id') ?? '';
  const { scope, parsed } = await scopeOfId(context, id);
  if (parsed.kind !== 'attachment')
    throw new ResponseError('ErrorInvalidIdNotAnItemAttachmentId', 'Id must be an attachment id.');
  const outermost: AttachmentId = { ...parsed, levels: parsed.levels.slice(0, 1) };
  return {
    scope,
    id,
    parsed,
    messagePath: `/messages/${toGraphAlphabet(writeId(parsed.item, 'shortest'))}`,
    segment: toGraphAlphabet(parsed.levels.length === 1 ? id : writeId(outermost, 'shortest')),
  };
}

/** The target folder of a move, copy or creation: the one child of an element. */
export function onlyFolder(context: OperationContext, ...path: readonly string[]): Promise<FolderTarget> {
  return folderTarget(context, children(child(context.request, ...path))[0]);
}

/** SavedItemFolderId: where a message is kept, undefined where the request leaves it open. @throws ResponseError */
export async function savedFolder(context: OperationContext): Promise<FolderTarget | undefined> {
  const element = children(child(context.request, 'SavedItemFolderId'))[0];
  if (element === undefined) return undefined;
  const target = await folderAs(context, element, 'ErrorSavedItemFolderNotFound');
  if (target.isRoot)
    throw new ResponseError('ErrorCreateItemAccessDenied', 'No message can be created in the root folder.');
  return target;
}

/** A folder whose part in the operation has a code of its own for where there is none. @throws ResponseError */
export async function folderAs(
  context: OperationContext,
  element: EwsElement | undefined,
  notFound: string,
): Promise<FolderTarget> {
  try {
    return await folderTarget(context, element);
  } catch (error) {
    if (!(error instanceof ResponseError) || error.responseCode !== 'ErrorFolderNotFound') throw error;
    throw new ResponseError(notFound, error.message);
  }
}

/** The folder that an element such as ToFolderId holds. @throws ResponseError */
export function folderIn(context: OperationContext, name: string, notFound: string): Promise<FolderTarget> {
  return folderAs(context, children(child(context.request, name))[0], notFound);
}

/** Whether a folder is one that every mailbox has, and that stays where it is. */
export function isDistinguished({ scope, id, isRoot }: FolderTarget): boolean {
  return isRoot || scope.mailbox.names.has(id);
}

async function scopeOfId(
  context: OperationContext,
  id: string,
): Promise<{ readonly scope: Scope; readonly parsed: Exclude<ParsedId, { kind: 'immutable' }> }> {
  const parsed = parseId(id);
  if (parsed === undefined || parsed.kind === 'immutable') throw malformed();
  const guid = (parsed.kind === 'attachment' ? parsed.item.mailbox : parsed.mailbox).toLowerCase();
  const { own } = context;
  if (own.mailbox.guid === undefined || guid === own.mailbox.guid) return { scope: own, parsed };
  return { scope: await foreignScope(context, guid), parsed };
}

/** The mailbox of a GUID, if it is one that the caller may open: those listed by name are looked up at first use. */
async function foreignScope(context: OperationContext, guid: string): Promise<Scope> {
  const { directory, access } = context;
  let address = directory.addressOf(guid);
  for (const listed of address === undefined ? access.listed : []) {
    const { mailbox } = await context.scopeOf(listed);
    if (mailbox.guid === guid) address = listed;
  }
  const allowed = address === undefined ? undefined : access.mayOpen(address);
  // The same answer whether the mailbox is unknown or not the caller's.
  if (allowed === undefined)
    throw new ResponseError('ErrorItemNotFound', 'The specified object was not found in the store.');
  return context.scopeOf(allowed);
}

function malformed(): ResponseError {
  return new ResponseError('ErrorInvalidIdMalformed', 'Id is malformed.');
}

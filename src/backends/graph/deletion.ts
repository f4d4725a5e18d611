/**
 * How the three ways to delete of EWS are carried out at Graph, for folders and for many messages at once.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/deleting-items-by-using-ews-in-exchange
 * @see https://learn.microsoft.com/graph/api/mailfolder-permanentdelete
 */
import { toEwsAlphabet, toGraphAlphabet } from '../../ews/ids/alphabet.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import type { BatchStep } from './service/batch.ts';
import { GraphError, leavesOpen } from './service/graph-error.ts';
import type { OperationContext } from './operation.ts';
import { isDistinguished, type FolderTarget } from './targets.ts';

export type DeleteType = 'HardDelete' | 'SoftDelete' | 'MoveToDeletedItems';

/** @throws ResponseError ErrorSchemaValidation */
export function deleteTypeOf({ request }: OperationContext): DeleteType {
  const type = request.attributes.get('DeleteType');
  if (type === 'HardDelete' || type === 'SoftDelete' || type === 'MoveToDeletedItems') return type;
  throw new ResponseError('ErrorSchemaValidation', 'DeleteType is not one of the three.');
}

type Settings = Pick<OperationContext, 'capabilities' | 'settings'>;

/** What HardDelete is where the cloud has no permanent deletion. @throws ResponseError where it is to be refused */
function assertHardDelete({ capabilities, settings }: Settings): void {
  if (capabilities.permanentDelete || settings.hardDelete !== 'refuse') return;
  throw new ResponseError(
    'ErrorCannotDeleteObject',
    'This cloud has no permanent deletion through Microsoft Graph, and hardDelete is set to refuse.',
  );
}

/** What is done with a message: it is deleted as Graph does, for good, or moved to a folder of this name. */
export type MessageDeletion = 'delete' | 'permanentDelete' | 'deleteditems' | 'recoverableitemsdeletions';

/** How one message is deleted, alone or with others. @throws ResponseError where it is refused */
export function deletionOf(
  context: Settings,
  { mailbox }: FolderTarget['scope'],
  type: DeleteType,
  isInDeletedItems: boolean,
): MessageDeletion {
  // What lies in Deleted Items already goes where a soft delete puts it, as in EWS.
  if (type === 'MoveToDeletedItems' && !isInDeletedItems) return 'deleteditems';
  const { permanentDelete, deletedMessagesRecoverable } = context.capabilities;
  if (type === 'HardDelete') assertHardDelete(context);
  if (type === 'HardDelete' && permanentDelete) return 'permanentDelete';
  // Where DELETE puts a message is not documented: where it is known to be Deleted Items, the message is moved on.
  const movesOn = type === 'HardDelete' || !deletedMessagesRecoverable;
  return movesOn && mailbox.folders.has('recoverableitemsdeletions') ? 'recoverableitemsdeletions' : 'delete';
}

const REFUSED: ReadonlySet<number> = new Set([400, 403, 404]);

/** Carries a deletion out; where Graph refuses the move to the recoverable items, by DELETE. */
export async function deleteBy(
  deletion: MessageDeletion,
  act: (deletion: MessageDeletion) => Promise<void>,
): Promise<void> {
  try {
    await act(deletion);
  } catch (error) {
    // What is busy or has given no answer does not say that the folder is refused.
    const isRefused = error instanceof GraphError && REFUSED.has(error.status);
    if (deletion !== 'recoverableitemsdeletions' || !isRefused) throw error;
    await act('delete');
  }
}

/** The call that deletes a message. @param id Graph's */
export function deletionStep(id: string, deletion: MessageDeletion): BatchStep {
  const path = `/messages/${id}`;
  if (deletion === 'delete') return { method: 'DELETE', path };
  if (deletion === 'permanentDelete') return { method: 'POST', path: `${path}/permanentDelete` };
  return { method: 'POST', path: `${path}/move`, body: { destinationId: deletion } };
}

const TRIES = 3;

/**
 * Deletes a folder with all in it.
 *
 * @throws ResponseError ErrorDeleteDistinguishedFolder; GraphError, GatewayError
 */
export async function deleteFolder(context: Settings, folder: FolderTarget, type: DeleteType): Promise<void> {
  if (isDistinguished(folder))
    throw new ResponseError('ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be deleted.');
  if (type === 'HardDelete') assertHardDelete(context);
  const moves = type === 'MoveToDeletedItems' && !(await isDeleted(folder));
  const isSoft = type !== 'HardDelete' && !moves;
  for (let tries = 1; ; tries++) {
    try {
      if (moves) await moveToDeletedItems(context, folder);
      else if (type === 'HardDelete' && context.capabilities.permanentDelete)
        await folder.scope.calls.post(`/mailFolders/${folder.segment}/permanentDelete`);
      else await remove(folder);
      // The first DELETE has put it into Deleted Items only. Where that is not so it is gone, which is as well.
      if (isSoft && !context.capabilities.deletedFoldersRecoverable) await removeAgain(folder);
      return;
    } catch (error) {
      // The call that gave no answer may have been carried out.
      if (!leavesOpen(error) || tries === TRIES) throw error;
      if (await isGone(folder, moves)) return;
    }
  }
}

/** Where Deleted Items has a folder of that name, DELETE finds a way if it leaves folders there; else another name. */
async function moveToDeletedItems({ capabilities }: Settings, folder: FolderTarget): Promise<void> {
  const { scope, segment } = folder;
  const move = (): Promise<unknown> =>
    scope.calls.post(`/mailFolders/${segment}/move`, { destinationId: 'deleteditems' });
  try {
    await move();
  } catch (error) {
    if (!isNameTaken(error)) throw error;
    if (!capabilities.deletedFoldersRecoverable) return remove(folder);
    await underFreeName(folder, move);
  }
}

/** So many names are tried. */
const NAMES = 20;

/** Gives the folder the first name with a number with which it can be moved, as Exchange does. */
async function underFreeName({ scope, segment }: FolderTarget, move: () => Promise<unknown>): Promise<void> {
  const path = `/mailFolders/${segment}`;
  const { displayName } = await scope.calls.get<{ readonly displayName: string }>(path, { $select: 'id,displayName' });
  for (let number = 1; ; number++) {
    try {
      await scope.calls.patch(path, { displayName: `${displayName}${number}` });
      await move();
      return;
    } catch (error) {
      if (!isNameTaken(error) || number === NAMES) throw error;
    }
  }
}

function isNameTaken(error: unknown): boolean {
  return error instanceof GraphError && error.code === 'ErrorFolderExists';
}

async function removeAgain(folder: FolderTarget): Promise<void> {
  try {
    await remove(folder);
  } catch (error) {
    if (!(error instanceof GraphError) || error.status !== 404) throw error;
  }
}

async function remove({ scope, segment }: FolderTarget): Promise<void> {
  await scope.calls.delete(`/mailFolders/${segment}`);
}

async function isGone(folder: FolderTarget, moves: boolean): Promise<boolean> {
  try {
    const parent = await parentOf(folder.scope, folder.segment);
    return moves && parent === folder.scope.mailbox.folders.get('deleteditems');
  } catch (error) {
    if (error instanceof GraphError && error.status === 404) return true;
    throw error;
  }
}

/** Folders are not nested deeper. */
const DEEPEST = 300;

/** Whether a folder lies in Deleted Items, at any depth: then it is deleted for good, as in EWS. */
async function isDeleted({ scope, segment }: FolderTarget): Promise<boolean> {
  const { folders } = scope.mailbox;
  let at = segment;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const parent = await parentOf(scope, at);
    if (parent === folders.get('deleteditems')) return true;
    if (parent === folders.get('msgfolderroot') || parent === scope.mailbox.rootId) return false;
    at = toGraphAlphabet(parent);
  }
  return false;
}

async function parentOf({ calls }: FolderTarget['scope'], segment: string): Promise<string> {
  const { parentFolderId } = await calls.get<{ readonly parentFolderId: string }>(`/mailFolders/${segment}`, {
    $select: 'id,parentFolderId',
  });
  return toEwsAlphabet(parentFolderId);
}

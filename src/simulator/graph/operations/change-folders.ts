/**
 * Changing folders.
 *
 * @see https://learn.microsoft.com/graph/api/mailfolder-post-childfolders
 * @see https://learn.microsoft.com/graph/api/mailfolder-update
 * @see https://learn.microsoft.com/graph/api/mailfolder-delete
 */
import { MailboxError } from '../../mailbox/errors.ts';
import { ExtendedProperties } from '../../mailbox/extended-properties.ts';
import type { Folder } from '../../mailbox/types.ts';
import { checkObject } from '../body-check.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { fromMailboxError, GraphError } from '../errors.ts';
import { folderJson } from '../folder-json.ts';
import { extendedOf } from '../message-input.ts';
import { entityJson } from '../paging.ts';
import { destination } from './move-message.ts';

const CLASS = { type: 'String', tag: 0x3613 } as const;

function answer(call: Call, status: number, folder: Folder): GraphAnswer {
  return { status, json: entityJson(call, folderJson(call, folder, { select: undefined, expand: [] })) };
}

/** Errors name the folder. */
function named<T>(name: string, change: () => T): T {
  try {
    return change();
  } catch (error) {
    throw error instanceof MailboxError ? fromMailboxError(error, name) : error;
  }
}

export function createFolder(call: Call): GraphAnswer {
  const parent = call.params['folder'] === undefined ? call.mailbox.folders.resolve('msgfolderroot') : call.folder();
  const body = call.json();
  checkObject(body, 'mailFolder', call.service);
  const displayName = String(body['displayName'] ?? '');
  const extended = extendedOf(body, call, ExtendedProperties.NONE).state.extended ?? ExtendedProperties.NONE;
  const folderClass = extended.get(CLASS);
  const { behaviour } = call.service;
  const folder = named(displayName, () =>
    call.mailbox.createFolder(parent.id, {
      displayName,
      isHidden: body['isHidden'] === true,
      extended: extended.without(CLASS),
      ...(typeof folderClass === 'string' && behaviour.folderClassAtCreation === 'kept' ? { folderClass } : {}),
    }),
  );
  return answer(call, 201, folder);
}

export function updateFolder(call: Call): GraphAnswer {
  const folder = call.folder();
  const body = call.json();
  checkObject(body, 'mailFolder', call.service);
  // Settable at creation only [doc].
  if (body['isHidden'] !== undefined && body['isHidden'] !== folder.isHidden)
    throw new GraphError(400, 'ErrorInvalidPropertySet', "Set action is invalid for property 'IsHidden'.");
  const { displayName } = body;
  const extended = extendedOf(body, call, folder.extended).state.extended;
  const changed = named(String(displayName), () =>
    call.mailbox.updateFolder(folder.id, {
      ...(typeof displayName === 'string' ? { displayName } : {}),
      ...(extended === undefined ? {} : { extended }),
    }),
  );
  return answer(call, 200, changed);
}

export function moveFolder(call: Call): GraphAnswer {
  const folder = call.folder();
  const target = destination(call, 'mailFolder', 'move');
  if (folder.parentId === target.id) {
    if (call.service.behaviour.moveToSameParent === 'unchanged') return answer(call, 201, folder);
    throw fromMailboxError(new MailboxError('folderExists'), folder.displayName);
  }
  const { mailbox, service } = call;
  return answer(
    call,
    201,
    named(folder.displayName, () => {
      if (service.behaviour.movedFolderIds === 'kept') return mailbox.moveFolder(folder.id, target.id);
      const moved = mailbox.copyFolder(folder.id, target.id);
      mailbox.deleteFolder(folder.id, 'hard');
      return moved;
    }),
  );
}

export function copyFolder(call: Call): GraphAnswer {
  const folder = call.folder();
  const target = destination(call, 'mailFolder', 'copy');
  return answer(
    call,
    201,
    named(folder.displayName, () => call.mailbox.copyFolder(folder.id, target.id)),
  );
}

export function deleteFolder(call: Call): GraphAnswer {
  const isRecoverable = call.service.behaviour.deletedFolders === 'recoverable';
  call.mailbox.deleteFolder(call.folder().id, isRecoverable ? 'soft' : 'moveToDeletedItems');
  return { status: 204 };
}

/** [doc mailfolder-permanentdelete] */
export function permanentlyDeleteFolder(call: Call): GraphAnswer {
  call.mailbox.deleteFolder(call.folder().id, 'hard');
  return { status: 204 };
}

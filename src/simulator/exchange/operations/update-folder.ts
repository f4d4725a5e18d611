/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/updatefolder-operation */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { fieldIn } from '../../../ews/field.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import type { Mailbox } from '../../mailbox/mailbox.ts';
import type { Folder } from '../../mailbox/types.ts';
import { extendedPropertyOf, pathOf } from '../extended.ts';
import { folderOf, listOf } from '../ids.ts';
import { rawText, readOnly } from '../item-input.ts';
import { answerEach, type Operation } from '../operation.ts';
import { folderElement, folderIdOnly } from '../views.ts';

type Changes = NonNullable<Parameters<Mailbox['updateFolder']>[1]>;

function changeOf(update: EwsElement, folder: Folder, changes: Changes): Changes {
  const field = fieldIn(update);
  const [value, ...more] = children(children(update)[1]);
  const extended = changes.extended ?? folder.extended;
  if (update.localName === 'AppendToFolderField')
    throw new ResponseError('ErrorInvalidPropertyAppend', 'The property does not support appending.');
  if (update.localName === 'DeleteFolderField') {
    if (field.kind === 'extended') return { ...changes, extended: extended.without(pathOf(field)) };
    if (field.uri === 'folder:FolderClass') return sameClass('', folder, changes);
    // The model has no permissions, so that there are none to delete.
    if (field.uri === 'folder:PermissionSet') return changes;
    throw new ResponseError('ErrorInvalidPropertyDelete', 'The property does not support deleting.');
  }
  if (value === undefined || more.length > 0)
    throw new ResponseError('ErrorIncorrectUpdatePropertyCount', 'One property must be set.');
  if (field.kind === 'extended') {
    const set = extendedPropertyOf(value);
    if (set.field.key !== field.key) throw mismatch();
    return { ...changes, extended: extended.with(set.property) };
  }
  if (field.uri === 'folder:FolderClass') return sameClass(value.text, folder, changes);
  if (field.uri !== 'folder:DisplayName') throw readOnly(field.uri);
  if (value.localName !== 'DisplayName') throw mismatch();
  return { ...changes, displayName: rawText(children(update)[1] ?? update, 'DisplayName') ?? '' };
}

/** The class stays what it is (exchangelib's tests, run against Exchange Online). */
function sameClass(folderClass: string, folder: Folder, changes: Changes): Changes {
  if (folderClass === folder.folderClass) return changes;
  throw new ResponseError('ErrorObjectTypeChanged', 'The class of a folder cannot be changed.');
}

function mismatch(): ResponseError {
  return new ResponseError('ErrorUpdatePropertyMismatch', 'The property set is not the one that the path names.');
}

export const updateFolder: Operation = {
  name: 'UpdateFolder',
  answer: (context) => {
    const { mailbox, version } = context;
    return answerEach('UpdateFolder', listOf(context, 'FolderChanges'), (change) => {
      const folder = folderOf(context, children(change)[0], 'ErrorItemNotFound');
      let changes: Changes = {};
      for (const update of children(child(change, 'Updates'))) changes = changeOf(update, folder, changes);
      // Inferred: no page says what renaming one is answered.
      if (changes.displayName !== undefined && folder.wellKnownName !== undefined)
        throw new ResponseError('ErrorAccessDenied', 'A distinguished folder cannot be renamed.');
      const changed = mailbox.updateFolder(folder.id, changes);
      return xml`<m:Folders>${folderElement(mailbox, changed, folderIdOnly(version))}</m:Folders>`;
    });
  },
};

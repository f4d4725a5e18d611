/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createfolder-operation */
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { xml } from '../../../ews/xml.ts';
import { ExtendedProperties } from '../../mailbox/extended-properties.ts';
import type { NewFolder } from '../../mailbox/folder-operations.ts';
import { extendedPropertyOf } from '../extended.ts';
import { folderIn, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { folderElement, folderIdOnly } from '../views.ts';

const CLASSES: Readonly<Record<string, string>> = {
  CalendarFolder: 'IPF.Appointment',
  ContactsFolder: 'IPF.Contact',
  TasksFolder: 'IPF.Task',
};

/** A folder as a request describes it. @throws ResponseError */
export function newFolder(element: EwsElement): NewFolder {
  return {
    // Without a class it has none (exchangelib's tests, run against Exchange Online).
    displayName: child(element, 'DisplayName')?.text ?? '',
    folderClass: textAt(element, 'FolderClass') ?? CLASSES[element.localName] ?? '',
    isSearchFolder: element.localName === 'SearchFolder',
    extended: ExtendedProperties.of(
      children(element, 'ExtendedProperty').map((property) => extendedPropertyOf(property).property),
    ),
  };
}

export const createFolder: Operation = {
  name: 'CreateFolder',
  answer: (context) => {
    const { mailbox, version } = context;
    return answerEach('CreateFolder', listOf(context, 'Folders'), (element) => {
      const parent = folderIn(context, 'ParentFolderId', 'ErrorParentFolderNotFound');
      const folder = mailbox.createFolder(parent.id, newFolder(element));
      return xml`<m:Folders>${folderElement(mailbox, folder, folderIdOnly(version))}</m:Folders>`;
    });
  },
};

/**
 * The simulated mailboxes have no archive: the items go to the folder that the request names (exchangelib's tests, run
 * against Exchange Online).
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/archiveitem-operation
 */
import { folderIn, itemOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { idsOnly, itemsOf } from '../views.ts';

export const archiveItem: Operation = {
  name: 'ArchiveItem',
  answer: (context) => {
    const { mailbox, version } = context;
    return answerEach('ArchiveItem', listOf(context, 'ItemIds'), async (id) => {
      const folder = folderIn(context, 'ArchiveSourceFolderId');
      return itemsOf(mailbox, mailbox.move(itemOf(context, id).id, folder.id), idsOnly(version));
    });
  },
};

/** What is left of a mailbox, and of answers, where ids and times are taken away: equal for equal mailboxes. */
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { bodyOf, type Attachment, type Folder } from '../../../src/simulator/mailbox/types.ts';

/** Ids by the order in which they come, change keys away, and times of this run without their value. */
export function normalised<T>(answers: T): T {
  const known = new Map<string, string>();
  const nameOf = (id: string): string => {
    let name = known.get(id);
    if (name === undefined) known.set(id, (name = `id ${known.size + 1}`));
    return name;
  };
  const text = JSON.stringify(answers)
    .replaceAll(/ (?:Root|RootItem)?ChangeKey=\\"[^"]*\\"/g, '')
    .replaceAll(/( (?:RootItem)?Id)=\\"([^"]{40,})\\"/g, (_, name: string, id: string) => `${name}=\\"${nameOf(id)}\\"`)
    .replaceAll(/<t:(\w+)>2026-(?!01-0)[\d-]+T[\d:]+Z</g, '<t:$1>now<');
  return JSON.parse(text) as T;
}

/** Every folder by its path, with what is in it; without Purges, where only permanentDelete leaves something. */
export function stateOf(mailbox: Mailbox): readonly object[] {
  const { folders, items } = mailbox;
  const pathOf = (folder: Folder): string => {
    const parent = folder.parentId === undefined ? undefined : folders.get(folder.parentId);
    return `${parent === undefined ? '' : pathOf(parent)}/${folder.wellKnownName ?? folder.displayName}`;
  };
  return [...folders]
    .filter(({ wellKnownName }) => wellKnownName !== 'recoverableitemspurges')
    .map((folder) => ({
      path: pathOf(folder),
      counts: mailbox.counts(folder.id),
      items: items
        .list(folder.id)
        .map((item) => ({
          subject: item.subject,
          from: item.from,
          itemClass: item.itemClass,
          isRead: item.isRead,
          isDraft: item.isDraft,
          importance: item.importance,
          categories: item.categories,
          flag: item.flag,
          receivedAt: item.receivedAt.toISOString(),
          // Without those that were made up.
          internetMessageId: item.internetMessageId?.replace(/^<[\da-f-]{36}@/, '<made@'),
          body: bodyOf(item),
          extended: [...item.extended].map((property) => JSON.stringify(property)).toSorted(),
          attachments: item.attachments.map(attachmentState),
        }))
        .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function attachmentState(attachment: Attachment): object {
  const { kind, name, contentId, contentType, isInline, size } = attachment;
  return { kind, name, contentId, contentType, isInline, size };
}

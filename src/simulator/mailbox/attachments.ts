/** Attachments in their place: an id is the item's id and a level for each message they are nested in. */
import type { LongTermId } from '../../ews/ids/entry-id.ts';
import { parseId } from '../../ews/ids/item-id.ts';
import type { MailboxIds } from './ids.ts';
import { attachmentSize } from './message.ts';
import type { Attachment, MessageContent, NewAttachment } from './types.ts';

/** Where attachments belong. */
export interface Place {
  readonly folder: LongTermId;
  readonly message: LongTermId;
}

/** Gives attachments and those nested in them levels and ids. */
export function placeAttachments(
  ids: MailboxIds,
  place: Place,
  attachments: readonly NewAttachment[],
  outer: readonly string[] = [],
): Attachment[] {
  return attachments.map((attachment) => {
    const level = ids.newLevel();
    const levels = [...outer, level];
    const placed = {
      id: ids.attachment(place.folder, place.message, levels),
      level,
      modifiedAt: new Date(),
      size: attachmentSize(attachment),
    };
    if (attachment.kind !== 'item') return { ...attachment, ...placed };
    const { item } = attachment;
    return {
      ...attachment,
      ...placed,
      item: { ...item, attachments: placeAttachments(ids, place, item.attachments, levels) },
    };
  });
}

/** Gives attachments new ids, because their item moved; levels stay. */
export function replaceAttachments(
  ids: MailboxIds,
  place: Place,
  attachments: readonly Attachment[],
  outer: readonly string[] = [],
): Attachment[] {
  return attachments.map((attachment) => {
    const levels = [...outer, attachment.level];
    const id = ids.attachment(place.folder, place.message, levels);
    if (attachment.kind !== 'item') return { ...attachment, id };
    const { item } = attachment;
    return {
      ...attachment,
      id,
      item: { ...item, attachments: replaceAttachments(ids, place, item.attachments, levels) },
    };
  });
}

/** The attachment that levels lead to, from the outermost inwards. */
export function attachmentAt(content: MessageContent, levels: readonly string[]): Attachment | undefined {
  let found: Attachment | undefined;
  let within: MessageContent | undefined = content;
  for (const level of levels) {
    found = within?.attachments.find((attachment) => attachment.level === level);
    within = found?.kind === 'item' ? found.item : undefined;
  }
  return found;
}

/** @returns undefined where the id is none of an attachment */
export function splitAttachmentId(
  ids: MailboxIds,
  id: string,
): { readonly itemId: string; readonly levels: readonly string[] } | undefined {
  const parsed = parseId(id);
  if (parsed?.kind !== 'attachment' || parsed.item.mailbox !== ids.guid) return undefined;
  return { itemId: ids.item(parsed.item.folder, parsed.item.message), levels: parsed.levels };
}

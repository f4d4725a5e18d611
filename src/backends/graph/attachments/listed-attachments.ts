/**
 * What attachments are called, noted when a message's list was read: GetAttachment then needs no call but the one for
 * the content. Bounded; what is not here is asked for.
 */
import type { Attachment } from '../../../ews/properties/values.ts';
import { lruCache } from '../../../lru-cache.ts';

const MAX_ATTACHMENTS = 50_000;

export class ListedAttachments {
  /** With the list that each stands in. */
  readonly #known = lruCache<string, { readonly attachment: Attachment; readonly list: readonly Attachment[] }>(
    MAX_ATTACHMENTS,
  );

  /** @param list all attachments of a message, or one of them */
  note(list: readonly Attachment[] = []): void {
    for (const attachment of list) this.#known.set(attachment.id, { attachment, list });
  }

  /** @param id EWS's */
  of(id: string): Attachment | undefined {
    return this.#known.get(id)?.attachment;
  }

  /** Those that stand behind it in its message's list, where that was read. @param id EWS's */
  behind(id: string): readonly Attachment[] {
    const known = this.#known.get(id);
    return known === undefined ? [] : known.list.slice(known.list.indexOf(known.attachment) + 1);
  }
}

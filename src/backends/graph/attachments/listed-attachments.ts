/**
 * What attachments are called, noted when a message's list was read: GetAttachment then needs no call but the one for
 * the content. Bounded; what is not here is asked for.
 */
import type { Attachment } from '../../../ews/properties/values.ts';
import { lruCache } from '../../../lru-cache.ts';

const MAX_ATTACHMENTS = 50_000;

export class ListedAttachments {
  readonly #known = lruCache<string, Attachment>(MAX_ATTACHMENTS);

  note(attachments: readonly Attachment[] | undefined): void {
    for (const attachment of attachments ?? []) this.#known.set(attachment.id, attachment);
  }

  /** @param id EWS's */
  of(id: string): Attachment | undefined {
    return this.#known.get(id);
  }
}

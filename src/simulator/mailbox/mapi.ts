/**
 * Properties that a mailbox computes, as both services show them.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxprops/
 */
import { hasAttachments, type Item, type MessageContent } from './types.ts';

/**
 * PidTagMessageFlags (MS-OXCMSG 2.2.1.6): read 1, unmodified 2, unsent 8, has attachments 0x10. Submitted (4) is a
 * message on its way out only, which no folder here shows.
 */
export function messageFlags(item: Item): number {
  return (
    (item.isRead ? 1 : 0) + (item.isUnmodified ? 2 : 0) + (item.isDraft ? 8 : 0) + (hasAttachments(item) ? 0x10 : 0)
  );
}

/** PidTagTransportMessageHeaders (MS-OXOMSG 2.2.3.10): one header a line. The end of the last line is inferred. */
export function transportHeaders({ headers }: MessageContent): string | undefined {
  return headers.length === 0 ? undefined : headers.map(({ name, value }) => `${name}: ${value}\r\n`).join('');
}

/** PidTagIconIndex (MS-OXOMSG 2.2.1.10) of mail that was neither answered nor forwarded. */
export function iconIndex({ isRead }: Item): number {
  return isRead ? 0x100 : 0x101;
}

/** PidTagMessageLocaleId (MS-LCID), where nobody set it: English, as in an Exchange without a mailbox language. */
export const LOCALE = 0x0409;

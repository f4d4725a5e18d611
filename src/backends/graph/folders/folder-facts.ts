/** What Graph does not tell of a folder, and EWS has. */
import { createHash } from 'node:crypto';
import { writeChangeKey } from '../../../ews/ids/change-key.ts';

/** PidTagContainerClass, for example IPF.Note. */
export const FOLDER_CLASS = 'String 0x3613';

/**
 * Marks a folder that a program made without a class. Graph makes it an IPF.Note, Exchange would leave it without, and
 * exchangelib refuses to read a folder again whose class is another than that it made.
 */
export const MADE_WITHOUT_CLASS = 'Boolean {00020329-0000-0000-c000-000000000046} Name EwsGatewayMadeWithoutClass';

/**
 * A change key for a folder, which Graph has none for: it differs after a change of name or place. Through Graph nobody
 * checks it; Exchange, to which a program may go back with it, takes it for an old one.
 */
export function folderChangeKey(folder: {
  readonly id: string;
  readonly parentFolderId: string;
  readonly displayName: string;
}): string {
  const { id, parentFolderId, displayName } = folder;
  const hash = createHash('sha256')
    .update(JSON.stringify([id, parentFolderId, displayName]))
    .digest();
  return writeChangeKey('folder', { replica: hash.toString('hex', 0, 16), counter: hash.readUIntBE(16, 6) });
}

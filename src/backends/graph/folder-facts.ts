/** What Graph does not tell of a folder, and EWS has. */
import { createHash } from 'node:crypto';

/** PidTagContainerClass, for example IPF.Note. */
export const FOLDER_CLASS = 'String 0x3613';

/**
 * A change key for a folder, which Graph has none for: it differs after a change of name or place. Nobody checks it.
 *
 * @returns base64, as long as Exchange's
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
  return Buffer.concat([Buffer.of(1, 0, 0, 0), hash.subarray(0, 16)]).toString('base64');
}

/**
 * Whose a new file is. An administrator runs commands as root, and the gateway runs as an account of its own: what a
 * command writes into the gateway's folder is to belong to that account, or the gateway could not read it.
 */
import { fchownSync, lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Gives an open file to whom the one belongs that it is to replace, else to the owner of its folder. Only root can, and
 * needs to.
 *
 * @param path where the file will stand
 */
export function giveToOwner(file: number, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = lstatSync(path, { throwIfNoEntry: false }) ?? statSync(dirname(path));
  if (uid !== 0 || gid !== 0) fchownSync(file, uid, gid);
}

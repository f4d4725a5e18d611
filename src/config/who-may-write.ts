/** Whether a file can be trusted to say what an administrator wants. */
import { realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const OTHERS_WRITE = 0o022;
/** In such a folder nobody replaces a file of somebody else, as in /tmp. */
const STICKY = 0o1000;

/**
 * Whether accounts besides this one and root may change a file, or put another one in its place: by its own mode, or by
 * that of any folder above it.
 *
 * @returns undefined on Windows, whose access lists are not read here
 */
export function mayOthersWrite(file: string, platform: NodeJS.Platform = process.platform): boolean | undefined {
  if (platform === 'win32') return undefined;
  // A symbolic link is as good as the folder it lies in, and as what it leads to.
  return [resolve(file), realpathSync(file)].some(
    (path) => isOpen(path) || foldersAbove(path).some((folder) => isOpen(folder, STICKY)),
  );
}

function isOpen(path: string, closing = 0): boolean {
  const { uid, mode } = statSync(path);
  if (uid !== 0 && uid !== process.getuid?.()) return true;
  return (mode & OTHERS_WRITE) !== 0 && (mode & closing) === 0;
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}

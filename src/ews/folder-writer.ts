/**
 * Folders as elements.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/folders-ex15websvcsotherref
 */
import { elementPieces, type PropertySource } from './item-writer.ts';
import type { FolderElementName, FolderUri } from './properties/elements.ts';
import type { WantedFolderProperties } from './properties/wanted.ts';
import { trustedMarkup, type XmlFragment } from './xml.ts';

/** One folder, never self-closed. */
export function writeFolder(
  name: FolderElementName,
  wanted: WantedFolderProperties,
  source: PropertySource<FolderUri>,
): XmlFragment {
  return trustedMarkup(elementPieces(name, wanted, source).join(''));
}

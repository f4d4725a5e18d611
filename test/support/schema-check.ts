/**
 * Holds what tests sent and were answered against messages.xsd at the end of the process: to load the schema takes
 * longer than to validate hundreds of documents.
 */
import { schemaErrors } from './ews-schema.ts';

export interface KeptDocument {
  /** What the failure is to name. */
  readonly name: string;
  /** A Body's child, with the prefixes it needs. */
  readonly contents: string;
}

/** Documents that the memory of xmllint holds. */
const AT_ONCE = 500;
/** Those that are still to be validated, one for each key. */
const documents = new Map<string, KeptDocument>();
let atEnd: Promise<void> | undefined;

/** Has all that is kept validated at the end of the process, which fails where the schema does not allow it. */
export function validateAtEnd(): Promise<void> {
  atEnd ??= import('tap').then(({ default: root }) =>
    root.teardown(async () => {
      const errors = await brokenSchemas();
      if (errors.length > 0) throw new Error(`documents that messages.xsd does not allow:\n${errors.join('\n')}`);
    }),
  );
  return atEnd;
}

/** @param key of documents with one key, the last is kept */
export function keepDocument(key: string, document: KeptDocument): void {
  documents.set(key, document);
}

/** What messages.xsd says of all documents since the last time. */
export async function brokenSchemas(): Promise<readonly string[]> {
  const all = [...documents.values()];
  documents.clear();
  const broken: string[] = [];
  for (let first = 0; first < all.length; first += AT_ONCE) {
    const some = all.slice(first, first + AT_ONCE);
    const errors = await schemaErrors(some.map(({ contents }) => contents));
    broken.push(
      ...errors.map((error) => error.replace(/^(\d+)\.xml/, (_, index: string) => some[Number(index)]?.name ?? '')),
    );
  }
  return broken;
}

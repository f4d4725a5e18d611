/** An EWS request as a tree of elements, and how to look into it. */
import type { DocumentPlace } from '../soap/document-place.ts';
import type { ElementStart } from '../soap/element-start.ts';
import { malformed } from '../soap/malformed.ts';
import { EWS_MESSAGES, EWS_TYPES } from '../soap/namespaces.ts';
import type { SpooledContent } from './spool.ts';

export interface EwsElement {
  readonly namespace: string;
  readonly localName: string;
  /** By name; those with a prefix by namespace, a blank and local name. No namespace declarations. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly EwsElement[];
  /** Text as written between the tags; '' where there are children or {@link content}. */
  readonly text: string;
  /** Decoded content of `t:Content` and the MIME elements. */
  readonly content: SpooledContent | undefined;
  /** Undefined where it was not read from a document. */
  readonly source?: ElementSource;
}

/** The tags of an element, for faults that say where something stands. */
export interface ElementSource {
  readonly start: ElementStart;
  /** Of the `<` of the end tag, or of the empty element's. */
  readonly end: DocumentPlace | undefined;
}

/** Children in the EWS namespaces, of one local name if it is given. */
export function children(parent: EwsElement | undefined, localName?: string): readonly EwsElement[] {
  return (parent?.children ?? []).filter(
    (element) =>
      (element.namespace === EWS_TYPES || element.namespace === EWS_MESSAGES) &&
      (localName === undefined || element.localName === localName),
  );
}

/** The element at the end of a path of local names, undefined where there is none. */
export function child(parent: EwsElement | undefined, ...path: readonly string[]): EwsElement | undefined {
  let element = parent;
  for (const name of path) element = children(element, name)[0];
  return element;
}

/**
 * Trimmed text at the end of a path, undefined where there is no such element.
 *
 * @throws GatewayError ENVELOPE_MALFORMED where elements stand in place of text
 */
export function textAt(parent: EwsElement | undefined, ...path: readonly string[]): string | undefined {
  const element = child(parent, ...path);
  if (element !== undefined && element.children.length > 0)
    throw malformed(`${element.localName} holds elements where text was expected`);
  return element?.text.trim();
}

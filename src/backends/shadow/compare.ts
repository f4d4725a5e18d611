/**
 * Compares the answer of EWS with that of Graph to the same request, property by property. What comes out names
 * properties and never holds a value: answers are mail.
 */
import { isNamed, parseXml, type XmlElement } from '../../ews/parse-xml.ts';
import { SOAP_11, SOAP_12 } from '../../soap/namespaces.ts';

export interface Difference {
  /** The elements that lead to it, from the response message on: `Message/Sender/Mailbox/Name`. */
  readonly property: string;
  readonly kind: 'missing in Graph' | 'only in Graph' | 'other value';
}

/** Both answers are small enough: parsing holds the process up. */
export const MAX_COMPARED_BYTES = 256 * 1024;

/** Elements that are no property: ids, and what differs for reasons that docs/graph-coverage.md names. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  // Words of the service.
  'MessageText',
  'DescriptiveLinkKey',
  // Graph gives a name and an address only.
  'MailboxType',
  // Keys of a row and of a store, which Graph has none of.
  'InstanceKey',
  'StoreEntryId',
  'WebClientReadFormQueryString',
  'WebClientEditFormQueryString',
  // With overhead that the services count differently.
  'Size',
]);
/** Attributes that say something about the answer; others are ids and change keys. */
const COMPARED_ATTRIBUTES: readonly string[] = ['ResponseClass', 'IncludesLastItemInRange', 'BodyType'];
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const MAX_DIFFERENCES = 50;

/** @returns undefined where one of the answers cannot be read */
export function compareAnswers(ews: Buffer, graph: Buffer): readonly Difference[] | undefined {
  const [one, other] = [contentOf(ews), contentOf(graph)];
  if (one === undefined || other === undefined) return undefined;
  const [wanted, found] = [valuesOf(one), valuesOf(other)];
  const differences: Difference[] = [];
  for (const property of new Set([...wanted.keys(), ...found.keys()])) {
    const [left, right] = [wanted.get(property) ?? [], found.get(property) ?? []];
    if (left.length === right.length && left.every((value, index) => value === right[index])) continue;
    const kind =
      left.length > right.length ? 'missing in Graph' : left.length < right.length ? 'only in Graph' : 'other value';
    if (differences.push({ property, kind }) === MAX_DIFFERENCES) break;
  }
  return differences;
}

/** The response messages: what the Body's first child holds. */
function contentOf(answer: Buffer): XmlElement | undefined {
  try {
    const envelope = parseXml(answer, MAX_COMPARED_BYTES);
    const body = envelope.children.find((child) => isNamed(child, 'Body', SOAP_11) || isNamed(child, 'Body', SOAP_12));
    return body?.children[0];
  } catch {
    return undefined;
  }
}

/** Values by property, in document order. */
function valuesOf(root: XmlElement): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  const add = (property: string, value: string): void => {
    const known = values.get(property);
    if (known === undefined) values.set(property, [value]);
    else known.push(value);
  };
  const visit = (element: XmlElement, path: string): void => {
    for (const name of COMPARED_ATTRIBUTES) {
      const value = element.attributes.get(name);
      if (value !== undefined) add(`${path}@${name}`, value);
    }
    // That it is there counts, also without a value.
    if (element.children.length === 0) add(path, normal(element.text));
    for (const child of element.children)
      if (!NOT_COMPARED.has(child.localName)) visit(child, `${path}/${nameOf(child)}`);
  };
  for (const child of root.children) visit(child, child.localName);
  return values;
}

/** Extended properties are told apart by what they are; else all of them would be one. */
function nameOf({ localName, children }: XmlElement): string {
  if (localName !== 'ExtendedProperty') return localName;
  const field = children.find((child) => child.localName === 'ExtendedFieldURI');
  const tag = field?.attributes.get('PropertyTag') ?? field?.attributes.get('PropertyName');
  return tag === undefined ? localName : `${localName}(${tag.slice(0, 60)})`;
}

/** Times to the second in UTC; line ends as XML has them. */
function normal(text: string): string {
  const trimmed = text.replaceAll('\r\n', '\n').trim();
  return TIME.test(trimmed) ? String(Math.floor(Date.parse(trimmed) / 1000)) : trimmed;
}

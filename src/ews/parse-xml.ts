/**
 * Reads small XML documents whole, where nothing has to stream: answers of Exchange and requests of
 * Autodiscover. fast-xml-parser does the reading. Its validator goes first, since its parser alone
 * accepts end tags that do not fit.
 *
 * What SOAP forbids is refused before either sees the text: document types and processing instructions.
 * References are resolved here, because the library leaves numeric ones as they are.
 *
 * @see https://www.w3.org/TR/xml/ and https://www.w3.org/TR/xml-names/
 * @see https://github.com/NaturalIntelligence/fast-xml-parser
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { detectEncoding } from '../soap/encoding.ts';
import { XML } from '../soap/namespaces.ts';
import { plainText } from '../soap/references.ts';

export interface XmlElement {
  /** Namespace name, '' if there is none. */
  readonly namespace: string;
  readonly localName: string;
  /** Values by name as written, with its prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Text of the element and all within, in document order. */
  readonly text: string;
}

/** The bytes are no XML document that can be read. */
export class UnreadableXml extends Error {
  override readonly name = 'UnreadableXml';
}

/** EWS answers nest some 15 levels deep. */
const MAX_DEPTH = 64;
const CDATA = '#cdata';
const TEXT = '#text';
const ATTRIBUTES = ':@';

const PARSER = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  cdataPropName: CDATA,
  maxNestedTags: MAX_DEPTH,
  // Values stay what they are: an id of digits is no number, and white space may matter.
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  // Else the path of each element is made as a text, which takes quadratic time with long names.
  jPath: false,
});

/** The XML declaration; `?` and `<` cannot stand in one. */
const DECLARATION = /^\ufeff?<\?xml[ \t\r\n][^<?]{0,200}\?>/;
/** Document types, and processing instructions behind the declaration. */
const FORBIDDEN = /<\?|<!(?!--|\[CDATA\[)/;

/**
 * Parses a document of bounded size, in time linear in its length.
 *
 * @param document in UTF-8 or UTF-16, or its text
 * @param maxBytes the size up to which it is read at all
 * @returns its root element
 * @throws UnreadableXml where it is too large, not well-formed, or with a DOCTYPE or processing instruction
 */
export function parseXml(document: Buffer | string, maxBytes: number): XmlElement {
  if (Buffer.byteLength(document) > maxBytes) throw new UnreadableXml(`more than ${maxBytes} bytes`);
  const text = (typeof document === 'string' ? document : decode(document)).replace(DECLARATION, '');
  if (FORBIDDEN.test(text)) throw new UnreadableXml('with a DOCTYPE or a processing instruction');
  if (XMLValidator.validate(text) !== true) throw new UnreadableXml('not well-formed');
  let nodes: unknown;
  try {
    nodes = PARSER.parse(text);
  } catch (error) {
    throw new UnreadableXml('not well-formed', { cause: error });
  }
  const roots = nodesOf(nodes).flatMap((node) => elementOf(node, undefined) ?? []);
  const [root] = roots;
  if (root === undefined || roots.length > 1) throw new UnreadableXml('not one root element');
  return root;
}

/** An element and all within, in document order. */
export function* elementsIn(root: XmlElement): Generator<XmlElement> {
  const open = [root];
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    yield element;
    for (const child of element.children.toReversed()) open.push(child);
  }
}

/** Whether an element has this name. */
export function isNamed({ localName, namespace }: XmlElement, expected: string, inNamespace: string): boolean {
  return localName === expected && namespace === inNamespace;
}

function decode(bytes: Buffer): string {
  const family = detectEncoding(bytes)?.family ?? '8-bit';
  return new TextDecoder(family === '8-bit' ? 'utf-8' : family).decode(bytes);
}

/** Declarations of one element; a list of scopes instead of copies keeps the time linear. */
interface Scope {
  readonly outer: Scope | undefined;
  readonly namespaces: ReadonlyMap<string, string>;
}

type Node = Readonly<Record<string, unknown>>;

function nodesOf(value: unknown): readonly Node[] {
  return Array.isArray(value) ? (value as readonly Node[]) : [];
}

/** @returns undefined where the node is text */
function elementOf(node: Node, outer: Scope | undefined): XmlElement | undefined {
  const qName = Object.keys(node).find((key) => key !== ATTRIBUTES);
  if (qName === undefined || qName === TEXT || qName === CDATA) return undefined;
  const attributes = new Map(
    Object.entries(node[ATTRIBUTES] ?? {}).map(([name, value]) => [name, plainText(String(value))]),
  );
  const scope = scopeOf(attributes, outer);
  const children: XmlElement[] = [];
  let text = '';
  for (const child of nodesOf(node[qName])) {
    const element = elementOf(child, scope);
    if (element !== undefined) children.push(element);
    text += element?.text ?? textOf(child);
  }
  const colon = qName.indexOf(':');
  return {
    namespace: namespaceOf(colon < 0 ? '' : qName.slice(0, colon), scope),
    localName: qName.slice(colon + 1),
    attributes,
    children,
    text,
  };
}

function textOf(node: Node): string {
  if (TEXT in node) return plainText(String(node[TEXT]));
  return nodesOf(node[CDATA])
    .map((part) => String(part[TEXT] ?? ''))
    .join('');
}

function scopeOf(attributes: ReadonlyMap<string, string>, outer: Scope | undefined): Scope | undefined {
  const namespaces = new Map<string, string>();
  for (const [name, value] of attributes) {
    if (name === 'xmlns') namespaces.set('', value);
    else if (name.startsWith('xmlns:')) namespaces.set(name.slice('xmlns:'.length), value);
  }
  return namespaces.size === 0 ? outer : { outer, namespaces };
}

/** @throws UnreadableXml where the prefix is not declared */
function namespaceOf(prefix: string, scope: Scope | undefined): string {
  for (let at = scope; at !== undefined; at = at.outer) {
    const namespace = at.namespaces.get(prefix);
    if (namespace !== undefined) return namespace;
  }
  if (prefix === '') return '';
  if (prefix === 'xml') return XML;
  throw new UnreadableXml('with a prefix that is not declared');
}

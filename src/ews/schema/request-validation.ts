/**
 * Holds requests against messages.xsd before anything is made of them, as Exchange does: what it cannot read is
 * answered with a fault that names it.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-xml-elements-in-exchange
 * @see https://github.com/nmarus/node-ews/issues/91 for Exchange's own answers, ecederstrand/exchangelib#1310 too
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/findconversation-operation and
 *   getserviceconfiguration-operation for answers whose places their requests show: of the attribute's name, and of
 *   the end tag's name for a text
 */
import type { SchemaViolation } from '../../errors.ts';
import type { DocumentPlace } from '../../soap/document-place.ts';
import { EWS_MESSAGES, EWS_TYPES } from '../../soap/namespaces.ts';
import type { EwsElement } from '../element.ts';
import { matchContent, matchInAnyOrder, Mismatch } from './content-match.ts';
import { Schema, type AttributeUse, type ComplexType, type ElementDeclaration } from './schema.ts';
import { readSchemas } from './schema-nodes.ts';
import type { SimpleType } from './simple-types.ts';

// For the simulator, which uses nothing of the gateway but EWS as data.
export type { SchemaViolation };

const INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance';
const XSI_TYPE = `${INSTANCE} type`;
const XSI_NIL = `${INSTANCE} nil`;
/** How a fault for a violation begins. */
export const FAILED_VALIDATION = 'The request failed schema validation';
/** Names, and characters of a value, that a text shows at most. */
const SHOWN = 100;

let schema: Schema | undefined;

/** Made at the first request, which takes some 60 ms of CPU. */
function ewsSchema(): Schema {
  schema ??= new Schema(
    readSchemas(),
    new Map([
      ['m', EWS_MESSAGES],
      ['t', EWS_TYPES],
    ]),
  );
  return schema;
}

/** How elements are held against their content model. */
interface Reading {
  readonly match: typeof matchContent;
  /** Whether text may stand where elements are expected. */
  readonly passesText: boolean;
}

const BY_THE_SCHEMA: Reading = { match: matchContent, passesText: false };
const AS_EXCHANGE: Reading = { match: matchInAnyOrder, passesText: true };

/**
 * Why Exchange refuses a request. It reads what it knows in any order and passes over the rest, and holds a request
 * against the schema only where something cannot be read: a value that is none, a part that is missing.
 *
 * @param request the operation's element
 * @returns the first violation of the schema, where there is something that cannot be read
 */
export function refusalOf(request: EwsElement): SchemaViolation | undefined {
  return firstViolation(request, AS_EXCHANGE) === undefined ? undefined : violationOf(request);
}

/**
 * What is wrong with a request by the schema, in the words of .NET's validator, which clients know from Exchange.
 *
 * @param request the operation's element
 * @returns undefined for a valid one; of several violations the first
 */
export function violationOf(request: EwsElement): SchemaViolation | undefined {
  return firstViolation(request, BY_THE_SCHEMA);
}

function firstViolation(request: EwsElement, reading: Reading): SchemaViolation | undefined {
  const { namespace, localName } = request;
  const declaration = ewsSchema().element(namespace, localName);
  if (declaration !== undefined) return violationIn(request, declaration, reading);
  const name = `${namespace.slice(0, SHOWN)}:${localName.slice(0, SHOWN)}`;
  return { text: `Could not find schema information for the element '${name}'.`, place: startOf(request) };
}

function violationIn(
  element: EwsElement,
  declaration: ElementDeclaration,
  reading: Reading,
): SchemaViolation | undefined {
  const type = typeOf(element, declaration);
  if (type === undefined) {
    const text = `The element '${nameOf(declaration)}' is abstract or its type is abstract.`;
    return { text, place: startOf(element) };
  }
  if (type.kind === 'simple')
    return attributeViolation(element, NO_ATTRIBUTES) ?? textViolation(element, declaration, type);
  return (
    attributeViolation(element, type.attributes) ??
    (type.text === undefined
      ? contentViolation(element, declaration, type, reading)
      : textViolation(element, declaration, type.text))
  );
}

const NO_ATTRIBUTES: ComplexType['attributes'] = new Map();

/** Undefined where the type can have no values, or xsi:type names none that is made from it. */
function typeOf({ attributes }: EwsElement, { type }: ElementDeclaration): SimpleType | ComplexType | undefined {
  const named = attributes.get(XSI_TYPE);
  if (named === undefined || type.kind === 'simple')
    return type.kind === 'complex' && type.isAbstract ? undefined : type;
  const other = ewsSchema().complexType(named.trim().replace(/^.*:/, ''));
  for (let base = other; base !== undefined; base = base.base)
    if (base === type) return other?.isAbstract === true ? undefined : other;
  return undefined;
}

function attributeViolation(element: EwsElement, declared: ComplexType['attributes']): SchemaViolation | undefined {
  const { attributes } = element;
  for (const [name, value] of attributes) {
    const text = attributeRefusal(name, value, declared.get(name));
    if (text !== undefined) return { text, place: placeOfAttribute(element, name) };
  }
  for (const [name, { isRequired }] of declared)
    if (isRequired && !attributes.has(name))
      return { text: `The required attribute '${name}' is missing.`, place: startOf(element) };
  return undefined;
}

function attributeRefusal(name: string, value: string, use: AttributeUse | undefined): string | undefined {
  if (use !== undefined) {
    const refusal = use.type.refusalOf(value);
    return refusal === undefined ? undefined : invalid(`The '${name}' attribute`, value, use.type, refusal);
  }
  if (name === XSI_NIL) return 'No element of EWS may be nil (xsi:nil).';
  // What speaks of the schema itself; the operation's element has its attributes by prefix.
  if (name.startsWith(`${INSTANCE} `) || (!name.includes(' ') && name.includes(':'))) return undefined;
  return `The '${name.replace(' ', ':').slice(0, SHOWN)}' attribute is not declared.`;
}

function textViolation(
  element: EwsElement,
  declaration: ElementDeclaration,
  type: SimpleType,
): SchemaViolation | undefined {
  const [child] = element.children;
  if (child !== undefined) {
    const name = child.localName.slice(0, SHOWN);
    const text = `The element '${nameOf(declaration)}' cannot contain child element '${name}'.`;
    return { text, place: startOf(child) };
  }
  // Base64 was read as it came.
  if (type.isFree || element.content !== undefined) return undefined;
  const refusal = type.refusalOf(element.text);
  if (refusal === undefined) return undefined;
  const text = invalid(`The '${nameOf(declaration)}' element`, element.text, type, refusal);
  return { text, place: endOf(element) };
}

function contentViolation(
  element: EwsElement,
  declaration: ElementDeclaration,
  type: ComplexType,
  reading: Reading,
): SchemaViolation | undefined {
  const { children, text } = element;
  if (!reading.passesText && /[^ \t\r\n]/.test(text))
    return { text: `The element ${nameIn(declaration)} cannot contain text.`, place: contentOf(element) };
  const matched = reading.match(children, type.content);
  // In the order of the document: what stands before the child that does not fit comes first.
  const declarations = matched instanceof Mismatch ? matched.before : matched;
  for (const [index, child] of children.entries()) {
    const found = declarations[index];
    const violation = found === undefined ? undefined : violationIn(child, found, reading);
    if (violation !== undefined) return violation;
  }
  if (!(matched instanceof Mismatch)) return undefined;
  const { found } = matched;
  return { text: mismatch(declaration, matched), place: found === undefined ? endOf(element) : startOf(found) };
}

function mismatch(parent: ElementDeclaration, { found, expected }: Mismatch): string {
  const names = expected.map(({ localName }) => localName).join(', ');
  const list =
    expected[0] === undefined
      ? ''
      : ` List of possible elements expected: '${names}' in namespace '${expected[0].namespace}'.`;
  return found === undefined
    ? `The element ${nameIn(parent)} has incomplete content.${list}`
    : `The element ${nameIn(parent)} has invalid child element ${nameIn(found)}.${list}`;
}

function invalid(what: string, value: string, type: SimpleType, refusal: string): string {
  const shown = value.slice(0, SHOWN);
  return `${what} is invalid - The value '${shown}' is invalid according to its datatype '${type.name}' - ${refusal}`;
}

function nameOf({ namespace, localName }: ElementDeclaration): string {
  return `${namespace}:${localName}`;
}

function nameIn({ namespace, localName }: Pick<EwsElement, 'namespace' | 'localName'>): string {
  return `'${localName.slice(0, SHOWN)}' in namespace '${namespace.slice(0, SHOWN)}'`;
}

const NOWHERE: DocumentPlace = { line: 0, position: 0 };

/** Of its name, as the reader of .NET stands there. */
function startOf({ source }: EwsElement): DocumentPlace {
  return source?.start.namePlace ?? NOWHERE;
}

function contentOf({ source }: EwsElement): DocumentPlace {
  return source?.start.contentPlace ?? NOWHERE;
}

/** Of the name in the end tag; of the only one where it is empty. */
function endOf({ source }: EwsElement): DocumentPlace {
  if (source?.end === undefined) return NOWHERE;
  const { line, position } = source.end;
  return { line, position: position + (source.start.selfClosing ? '<' : '</').length };
}

/** Namespace declarations are none of an element's attributes; else the order is that of the document. */
function placeOfAttribute({ attributes, source }: EwsElement, name: string): DocumentPlace {
  const written = source?.start.attributes.filter((attribute) => !/^xmlns(?:$|:)/.test(attribute.name));
  const attribute = written?.[[...attributes.keys()].indexOf(name)];
  return (attribute === undefined ? undefined : source?.start.placeOfAttribute(attribute)) ?? NOWHERE;
}

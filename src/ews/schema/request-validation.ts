/**
 * Holds requests against messages.xsd before anything is made of them, as Exchange does: what is not in the schema is
 * answered with a fault that names it.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-xml-elements-in-exchange
 * @see https://github.com/nmarus/node-ews/issues/91 for Exchange's own answers, ecederstrand/exchangelib#1310 too
 */
import { EWS_MESSAGES, EWS_TYPES } from '../../soap/namespaces.ts';
import type { EwsElement } from '../element.ts';
import { matchContent, Mismatch } from './content-match.ts';
import { Schema, type ComplexType, type ElementDeclaration } from './schema.ts';
import { readSchemas } from './schema-nodes.ts';
import type { SimpleType } from './simple-types.ts';

const INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance';
const XSI_TYPE = `${INSTANCE} type`;
const XSI_NIL = `${INSTANCE} nil`;
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

/**
 * What is wrong with a request by the schema, in the words of .NET's validator, which clients know from Exchange.
 *
 * @param request the operation's element
 * @returns undefined for a valid one; of several violations the first
 */
export function violationOf(request: EwsElement): string | undefined {
  const { namespace, localName } = request;
  const declaration = ewsSchema().element(namespace, localName);
  return declaration === undefined
    ? `Could not find schema information for the element '${namespace.slice(0, SHOWN)}:${localName.slice(0, SHOWN)}'.`
    : violationIn(request, declaration);
}

function violationIn(element: EwsElement, declaration: ElementDeclaration): string | undefined {
  const type = typeOf(element, declaration);
  if (type === undefined) return `The element '${nameOf(declaration)}' is abstract or its type is abstract.`;
  if (type.kind === 'simple')
    return attributeViolation(element, NO_ATTRIBUTES) ?? textViolation(element, declaration, type);
  return (
    attributeViolation(element, type.attributes) ??
    (type.text === undefined
      ? contentViolation(element, declaration, type)
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

function attributeViolation({ attributes }: EwsElement, declared: ComplexType['attributes']): string | undefined {
  for (const [name, value] of attributes) {
    const use = declared.get(name);
    if (use === undefined) {
      if (name === XSI_NIL) return 'No element of EWS may be nil (xsi:nil).';
      // What speaks of the schema itself; the operation's element has its attributes by prefix.
      if (name.startsWith(`${INSTANCE} `) || (!name.includes(' ') && name.includes(':'))) continue;
      return `The '${name.replace(' ', ':').slice(0, SHOWN)}' attribute is not declared.`;
    }
    const refusal = use.type.refusalOf(value);
    if (refusal !== undefined) return invalid(`The '${name}' attribute`, value, use.type, refusal);
  }
  for (const [name, { isRequired }] of declared)
    if (isRequired && !attributes.has(name)) return `The required attribute '${name}' is missing.`;
  return undefined;
}

function textViolation(element: EwsElement, declaration: ElementDeclaration, type: SimpleType): string | undefined {
  const [child] = element.children;
  if (child !== undefined)
    return `The element '${nameOf(declaration)}' cannot contain child element '${child.localName.slice(0, SHOWN)}'.`;
  // Base64 was read as it came.
  if (type.isFree || element.content !== undefined) return undefined;
  const refusal = type.refusalOf(element.text);
  return refusal === undefined
    ? undefined
    : invalid(`The '${nameOf(declaration)}' element`, element.text, type, refusal);
}

function contentViolation(element: EwsElement, declaration: ElementDeclaration, type: ComplexType): string | undefined {
  const { children, text } = element;
  if (/[^ \t\r\n]/.test(text)) return `The element ${placeOf(declaration)} cannot contain text.`;
  const matched = matchContent(children, type.content);
  if (matched instanceof Mismatch) return mismatch(declaration, matched);
  for (const [index, child] of children.entries()) {
    const found = matched[index];
    const violation = found === undefined ? undefined : violationIn(child, found);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

function mismatch(parent: ElementDeclaration, { found, expected }: Mismatch): string {
  const names = expected.map(({ localName }) => localName).join(', ');
  const list =
    expected[0] === undefined
      ? ''
      : ` List of possible elements expected: '${names}' in namespace '${expected[0].namespace}'.`;
  return found === undefined
    ? `The element ${placeOf(parent)} has incomplete content.${list}`
    : `The element ${placeOf(parent)} has invalid child element ${placeOf(found)}.${list}`;
}

function invalid(what: string, value: string, type: SimpleType, refusal: string): string {
  const shown = value.slice(0, SHOWN);
  return `${what} is invalid - The value '${shown}' is invalid according to its datatype '${type.name}' - ${refusal}`;
}

function nameOf({ namespace, localName }: ElementDeclaration): string {
  return `${namespace}:${localName}`;
}

function placeOf({ namespace, localName }: Pick<EwsElement, 'namespace' | 'localName'>): string {
  return `'${localName.slice(0, SHOWN)}' in namespace '${namespace.slice(0, SHOWN)}'`;
}

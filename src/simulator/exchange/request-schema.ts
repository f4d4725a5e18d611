/**
 * What of the schema the simulator holds requests against: children of the operation, their order and
 * presence, attributes and their values, and the names of properties.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-xml-elements-in-exchange
 */
import type { EwsElement } from '../../ews/element.ts';
import { EWS_MESSAGES, EWS_TYPES } from '../../soap/namespaces.ts';
import { schemaViolation } from './soap-fault.ts';

export interface RequestSchema {
  /** Slots in order: `A|B?` is an optional choice of two, `t:` the types namespace. */
  readonly children: string;
  /** `Name=Value|Value` for an enumeration, `Name` for any text; `?` behind the name: optional. */
  readonly attributes?: string;
}

/** Prefixes of FieldURIs (UnindexedFieldURIType in types.xsd). */
const FIELD = new RegExp(
  '^(?:item|message|folder|meeting|meetingRequest|calendar|task|contacts|distributionlist|postitem|conversation|' +
    'persona|role|network|abchperson):\\w+(?::\\w+)*$',
);
const ENUMERATIONS: Readonly<Record<string, RegExp>> = {
  BaseShape: /^(?:IdOnly|Default|AllProperties|PcxPeopleSearch)$/,
  BodyType: /^(?:Best|HTML|Text)$/,
  MaxChangesReturned: /^0*(?:[1-9]|[1-9]\d|[1-4]\d\d|50\d|51[0-2])$/,
  SyncScope: /^(?:NormalItems|NormalAndAssociatedItems)$/,
  EventType: /^(?:CopiedEvent|CreatedEvent|DeletedEvent|ModifiedEvent|MovedEvent|NewMailEvent|FreeBusyChangedEvent)$/,
  ConnectionTimeout: /^0*(?:[1-9]|[12]\d|30)$/,
  StatusFrequency: /^0*(?:[1-9]\d{0,2}|1[0-3]\d\d|14[0-3]\d|1440)$/,
  Importance: /^(?:Low|Normal|High)$/,
  Sensitivity: /^(?:Normal|Personal|Private|Confidential)$/,
  IsRead: /^(?:true|false|0|1)$/,
};
/** Elements that cannot do without a child of these names. */
const REQUIRED_CHILDREN: Readonly<Record<string, readonly string[]>> = {
  ItemShape: ['BaseShape'],
  FolderShape: ['BaseShape'],
  ItemChange: ['Updates'],
  FolderChange: ['Updates'],
};
const NOT_EMPTY: ReadonlySet<string> = new Set([
  'AttachmentIds',
  'EventTypes',
  'FolderIds',
  'ItemIds',
  'ParentFolderId',
  'ParentFolderIds',
  'SavedItemFolderId',
  'SyncFolderId',
  'ToFolderId',
]);

/** @throws SoapFault ErrorSchemaValidation */
export function checkRequest(request: EwsElement, schema: RequestSchema): void {
  checkChildren(request, schema.children);
  checkAttributes(request, schema.attributes ?? '');
  for (const element of request.children) checkWithin(element);
}

function checkChildren(request: EwsElement, slots: string): void {
  let at = 0;
  for (const slot of slots.split(' ').filter(Boolean)) {
    const names = slot.replace(/[?*]$/, '').split('|');
    const element = request.children[at];
    const fits = element !== undefined && names.some((name) => isNamed(element, name));
    if (fits) at++;
    else if (!slot.endsWith('?')) throw violation(request, element, names);
  }
  const extra = request.children[at];
  if (extra !== undefined) throw violation(request, extra, []);
}

function isNamed({ namespace, localName }: EwsElement, name: string): boolean {
  return name.startsWith('t:')
    ? namespace === EWS_TYPES && localName === name.slice(2)
    : namespace === EWS_MESSAGES && localName === name;
}

function violation(parent: EwsElement, found: EwsElement | undefined, wanted: readonly string[]): Error {
  const expected = wanted.length === 0 ? '' : ` List of possible elements expected: '${wanted.join(', ')}'.`;
  return schemaViolation(
    found === undefined
      ? `The element '${parent.localName}' has incomplete content.${expected}`
      : `The element '${parent.localName}' has invalid child element '${found.localName}'.${expected}`,
  );
}

function checkAttributes(request: EwsElement, rules: string): void {
  const known = new Set<string>();
  for (const rule of rules.split(' ').filter(Boolean)) {
    const [, name = '', optional, values] = /^(\w+)(\?)?(?:=(.*))?$/.exec(rule) ?? [];
    known.add(name);
    const value = request.attributes.get(name);
    if (value === undefined && optional === undefined)
      throw schemaViolation(`The required attribute '${name}' is missing.`);
    if (value !== undefined && values !== undefined && !values.split('|').includes(value))
      throw schemaViolation(`The '${name}' attribute is invalid: the value '${value}' is not in its enumeration.`);
  }
  for (const name of request.attributes.keys())
    if (!known.has(name) && !name.includes(' ')) throw schemaViolation(`The '${name}' attribute is not declared.`);
}

function checkWithin(element: EwsElement): void {
  const { localName, attributes, children, text } = element;
  const field = attributes.get('FieldURI');
  if (localName === 'FieldURI' && (field === undefined || !FIELD.test(field)))
    throw schemaViolation(`The 'FieldURI' attribute is invalid: the value '${field ?? ''}' is not in its enumeration.`);
  const pattern = ENUMERATIONS[localName];
  if (pattern !== undefined && children.length === 0 && !pattern.test(text.trim()))
    throw schemaViolation(`The '${localName}' element is invalid: the value '${text.trim()}' is not allowed.`);
  for (const name of REQUIRED_CHILDREN[localName] ?? [])
    if (!children.some((child) => child.localName === name)) throw violation(element, undefined, [name]);
  if (NOT_EMPTY.has(localName) && children.length === 0) throw violation(element, undefined, ['t:ItemId, t:FolderId']);
  if ((localName === 'ItemId' || localName === 'FolderId') && element.namespace === EWS_TYPES && !attributes.has('Id'))
    throw schemaViolation(`The required attribute 'Id' is missing.`);
  for (const child of children) checkWithin(child);
}

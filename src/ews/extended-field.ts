/**
 * Extended properties: how a request names one, and whether two names mean the same.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/extendedfielduri
 */
import type { EwsElement } from './element.ts';
import { ResponseError } from './response-messages.ts';
import { xml, type XmlFragment } from './xml.ts';

/** GUIDs of the sets that have a name (MS-OXPROPS, 1.3.2). */
const PROPERTY_SETS: ReadonlyMap<string, string> = new Map([
  ['Meeting', '6ed8da90-450b-101b-98da-00aa003f1305'],
  ['Appointment', '00062002-0000-0000-c000-000000000046'],
  ['Common', '00062008-0000-0000-c000-000000000046'],
  ['PublicStrings', '00020329-0000-0000-c000-000000000046'],
  ['Address', '00062004-0000-0000-c000-000000000046'],
  ['InternetHeaders', '00020386-0000-0000-c000-000000000046'],
  ['CalendarAssistant', '11000e07-b51b-40d6-af21-caa85edab1d0'],
  ['UnifiedMessaging', '4442858e-a9e3-4e80-b900-317a210cc15b'],
  ['Task', '00062003-0000-0000-c000-000000000046'],
  ['Sharing', '00062040-0000-0000-c000-000000000046'],
]);

/** In the order of PathToExtendedFieldType. */
const ATTRIBUTES = [
  'DistinguishedPropertySetId',
  'PropertySetId',
  'PropertyTag',
  'PropertyName',
  'PropertyId',
  'PropertyType',
] as const;

export interface ExtendedField {
  readonly kind: 'extended';
  /** The same for all notations of one property. */
  readonly key: string;
  /** 16 bits, where the property has a tag. */
  readonly tag: number | undefined;
  /** Lower-case GUID, where it belongs to a set. */
  readonly propertySet: string | undefined;
  readonly propertyId: number | undefined;
  readonly propertyName: string | undefined;
  readonly propertyType: string;
  /** Attributes for answers: the tag in hexadecimal, the rest as the client wrote it. */
  readonly echo: ReadonlyMap<string, string>;
}

/** @throws ResponseError ErrorInvalidExtendedProperty where it names no property */
export function extendedField(element: EwsElement): ExtendedField {
  const get = (name: (typeof ATTRIBUTES)[number]): string | undefined => element.attributes.get(name);
  const propertyType = get('PropertyType');
  const tagText = get('PropertyTag');
  const tag = tagText === undefined ? undefined : integer(tagText, 0xffff);
  const idText = get('PropertyId');
  const propertyId = idText === undefined ? undefined : integer(idText, 0xffff_ffff);
  const distinguished = get('DistinguishedPropertySetId');
  const guid = get('PropertySetId')
    ?.toLowerCase()
    .replace(/^\{|\}$/g, '');
  const propertySet = distinguished === undefined ? guid : PROPERTY_SETS.get(distinguished);
  const propertyName = get('PropertyName');
  const isNamed = propertySet !== undefined && (propertyId !== undefined) !== (propertyName !== undefined);
  const hasSet = distinguished !== undefined || guid !== undefined;
  const hasBothSets = distinguished !== undefined && guid !== undefined;
  const isTag = tag !== undefined && !hasSet && propertyId === undefined && propertyName === undefined;
  if (propertyType === undefined || propertyType === '' || hasBothSets || (tag === undefined ? !isNamed : !isTag))
    throw invalid();
  // Names are compared without case, as Exchange does in all sets that matter to mail.
  const name = propertyName === undefined ? `id ${propertyId}` : `name ${propertyName.toLowerCase()}`;
  return {
    kind: 'extended',
    key: `${tag === undefined ? `${propertySet} ${name}` : `tag ${tag}`} ${propertyType}`,
    tag,
    propertySet,
    propertyId,
    propertyName,
    propertyType,
    echo: new Map(
      ATTRIBUTES.flatMap((attribute): [string, string][] => {
        const value = attribute === 'PropertyTag' && tag !== undefined ? `0x${tag.toString(16)}` : get(attribute);
        return value === undefined ? [] : [[attribute, value]];
      }),
    ),
  };
}

/** `t:ExtendedFieldURI` as answers have it. */
export function extendedFieldUri({ echo }: ExtendedField): XmlFragment {
  return xml`<t:ExtendedFieldURI DistinguishedPropertySetId="${echo.get('DistinguishedPropertySetId')}"
    PropertySetId="${echo.get('PropertySetId')}" PropertyTag="${echo.get('PropertyTag')}"
    PropertyName="${echo.get('PropertyName')}" PropertyId="${echo.get('PropertyId')}"
    PropertyType="${echo.get('PropertyType')}"/>`;
}

/**
 * `t:ExtendedProperty` with its value; several values for a type of an array. A property without a value
 * is left out of answers.
 */
export function extendedProperty(field: ExtendedField, value: string | readonly string[]): XmlFragment {
  const content =
    typeof value === 'string'
      ? xml`<t:Value>${value}</t:Value>`
      : xml`<t:Values>${value.map((one) => xml`<t:Value>${one}</t:Value>`)}</t:Values>`;
  return xml`<t:ExtendedProperty>${extendedFieldUri(field)}${content}</t:ExtendedProperty>`;
}

function integer(text: string, mask: number): number {
  const isHexadecimal = /^0x[0-9a-f]{1,8}$/i.test(text);
  if (!isHexadecimal && !/^-?\d{1,10}$/.test(text)) throw invalid();
  const value = Number(text);
  if (value > mask || (mask === 0xffff && value < 0)) throw invalid();
  return value;
}

function invalid(): ResponseError {
  return new ResponseError('ErrorInvalidExtendedProperty', 'The extended property attribute combination is invalid.');
}

/**
 * Items as elements: the wanted properties in the order of the schema, the extended ones in their place.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/items
 */
import { attachmentList } from './attachment-writer.ts';
import { extendedProperty, type ExtendedField } from './extended-field.ts';
import type { ItemElementName, ItemUri } from './properties/elements.ts';
import { PieceList, type Piece } from './properties/pieces.ts';
import type { EwsProperty, LikeAnother, RequiredDefault } from './properties/types.ts';
import type { Attachment, BinaryContent, InternetHeader, Mime, PropertyValue } from './properties/values.ts';
import type { WantedItemProperties, WantedProperties } from './properties/wanted.ts';
import { isSimple, writeValue } from './properties/write-value.ts';
import { trustedMarkup, type XmlFragment } from './xml.ts';

/** The values of one item or folder. */
export interface PropertySource<Uri extends string> {
  /**
   * The value, of the kind that the property's row names; undefined where there is none. Dates are asked for
   * each other's sake too, so that a property may be read which is not wanted.
   */
  readonly read: (uri: Uri) => PropertyValue | undefined;
  /** Values as text; several for a type of an array. Undefined, or no value of them, where there is none. */
  readonly extended: (field: ExtendedField) => string | readonly string[] | undefined;
}

/**
 * An item whose content is in memory.
 *
 * @throws TypeError where its MIME content is a stream
 */
export function writeItem(
  name: ItemElementName,
  wanted: WantedItemProperties,
  source: PropertySource<ItemUri>,
): XmlFragment {
  return trustedMarkup(
    itemPieces(name, wanted, source)
      .map((piece) => {
        if (typeof piece === 'string') return piece;
        piece.destroy();
        throw new TypeError('a stream stands where the content must be in memory');
      })
      .join(''),
  );
}

/** An item whose MIME content may be a stream; that one is read when its piece is. */
export function itemPieces(
  name: ItemElementName,
  wanted: WantedItemProperties,
  source: PropertySource<ItemUri>,
): readonly Piece[] {
  return elementPieces(name, wanted, source);
}

/**
 * What items and folders have in common. The element is never self-closed, whatever is in it. Where the source
 * throws, the streams that it gave before are destroyed.
 */
export function elementPieces<Name extends string, Uri extends string>(
  name: Name,
  wanted: WantedProperties<Name, Uri>,
  source: PropertySource<Uri>,
): readonly Piece[] {
  const { before, after } = wanted.of(name);
  const pieces = new PieceList().add(`<t:${name}>`);
  try {
    for (const property of before) addProperty(pieces, property, wanted, source);
    for (const field of wanted.extended) {
      const value = source.extended(field);
      if (value !== undefined && isValueOf(field, value)) pieces.add(extendedProperty(field, value).markup);
    }
    for (const property of after) addProperty(pieces, property, wanted, source);
  } catch (error) {
    pieces.destroy();
    throw error;
  }
  return pieces.add(`</t:${name}>`).finish();
}

function addProperty<Name extends string, Uri extends string>(
  pieces: PieceList,
  property: EwsProperty<Uri>,
  wanted: WantedProperties<Name, Uri>,
  source: PropertySource<Uri>,
): void {
  const value = source.read(property.uri);
  if (property.kind === 'mime') {
    if (value !== undefined) addMime(pieces, property.element, value as Mime);
    return;
  }
  const markup =
    written(property, value, wanted) ?? written(property, defaultOf(property.required, source.read), wanted);
  if (markup !== undefined) pieces.add(markup.markup);
}

function written<Name extends string, Uri extends string>(
  property: EwsProperty,
  value: PropertyValue | undefined,
  { version, headers }: WantedProperties<Name, Uri>,
): XmlFragment | undefined {
  if (value === undefined) return undefined;
  if (property.kind === 'attachments') return attachmentList(value as readonly Attachment[], version);
  if (!isSimple(property)) return undefined;
  return writeValue(property, property.kind === 'headers' ? chosen(value, headers) : value, version);
}

/** The headers that were named, or all. */
function chosen(value: PropertyValue, names: readonly string[] | undefined): PropertyValue {
  const all = value as readonly InternetHeader[];
  return names === undefined ? all : all.filter(({ name }) => names.includes(name.toLowerCase()));
}

/** Empty MIME is left out: clients drop an item that has it. */
function addMime(pieces: PieceList, name: string, { content, characterSet = 'UTF-8' }: Mime): void {
  if (isEmpty(content)) return;
  const attribute = /^[\w.:+-]+$/.test(characterSet) ? characterSet : 'UTF-8';
  pieces.add(`<t:${name} CharacterSet="${attribute}">`).addBase64(content).add(`</t:${name}>`);
}

function isEmpty(content: BinaryContent): boolean {
  return content instanceof Uint8Array && content.byteLength === 0;
}

function defaultOf<Uri extends string>(
  required: RequiredDefault | undefined,
  read: (uri: Uri) => PropertyValue | undefined,
): PropertyValue | undefined {
  if (required === undefined || !isLikeAnother(required)) return required;
  for (const uri of required.like) {
    const value = read(uri as Uri);
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value;
  }
  return new Date(0);
}

function isLikeAnother(required: RequiredDefault): required is LikeAnother {
  return typeof required === 'object' && 'like' in required;
}

/** No value is none, and neither is an empty text for anything but a text: clients fail to read it. */
function isValueOf({ propertyType }: ExtendedField, value: string | readonly string[]): boolean {
  if (typeof value === 'string') return propertyType === 'String' || value.trim() !== '';
  return value.length > 0;
}

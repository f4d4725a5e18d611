/** Messages of Graph as EWS elements, and their values in restrictions and sort orders. */
import { isBodyUri, type BodyShape } from '../../../ews/body-forms.ts';
import type { ExtendedField } from '../../../ews/extended-field.ts';
import { itemPieces, writeItem, type PropertySource } from '../../../ews/item-writer.ts';
import type { FieldValue, ValueOf } from '../../../ews/matches.ts';
import { itemElementName, type ItemUri } from '../../../ews/properties/elements.ts';
import type { Piece } from '../../../ews/properties/pieces.ts';
import type { Mime, PropertyValue } from '../../../ews/properties/values.ts';
import type { WantedItemProperties } from '../../../ews/properties/wanted.ts';
import type { XmlFragment } from '../../../ews/xml.ts';
import { extendedValues, graphPropertyId, normalisedId, typedValue } from '../properties/extended-properties.ts';
import type { GraphMessage, MessageView } from '../properties/graph-property.ts';
import { bodyOf } from './message-bodies.ts';
import { inList, shortText } from './shortened-values.ts';
import { messageProperty, MESSAGE_PROPERTIES } from '../properties/message.ts';

type ItemElementName = ReturnType<typeof itemElementName>;

/** @param asText a second reading with the body as text, where that is wanted */
export function viewOf(message: GraphMessage, asText?: GraphMessage): MessageView {
  return { message, extended: extendedValues(message), asText };
}

/** A message without its MIME content. */
export function messageElement(view: MessageView, wanted: WantedItemProperties): XmlFragment {
  const source = sourceOf(view, {});
  if (!wanted.inList) return writeItem(elementName(view), wanted, source);
  return writeItem(elementName(view), wanted, {
    read: (uri) => inList(uri, source.read(uri)),
    extended: (field) => {
      const value = source.extended(field);
      return field.propertyType === 'String' && typeof value === 'string' ? shortText(value) : value;
    },
  });
}

/** What depends on more than the message and its properties. */
export interface ContentOptions {
  readonly mime?: Mime | undefined;
  /** How bodies are wanted; default: as they were read. */
  readonly shape?: BodyShape | undefined;
}

/** A message whose MIME content may be a stream. */
export function messagePieces(
  view: MessageView,
  wanted: WantedItemProperties,
  options: ContentOptions,
): readonly Piece[] {
  return itemPieces(elementName(view), wanted, sourceOf(view, options));
}

/** The values of a message for {@link matches} and sorting. */
export function messageValues(view: MessageView): ValueOf {
  return (field): FieldValue => {
    if (field.kind === 'extended') return typedValue(field, extendedOf(view, field));
    const property = field.kind === 'named' ? messageProperty(field.uri) : undefined;
    if (property === undefined) return undefined;
    return property.compared === undefined ? comparable(property.read(view)) : property.compared(view);
  };
}

/** What a message is called that was answered in full. */
export function nameOfMessage(message: GraphMessage): ItemElementName {
  return elementName(viewOf(message));
}

function elementName(view: MessageView): ItemElementName {
  return itemElementName(MESSAGE_PROPERTIES['item:ItemClass'].read(view));
}

function sourceOf(view: MessageView, { mime, shape }: ContentOptions): PropertySource<ItemUri> {
  return {
    read: (uri) => {
      if (uri === 'item:MimeContent') return mime;
      if (shape !== undefined && isBodyUri(uri)) return bodyOf(view, uri, shape);
      return messageProperty(uri)?.read(view) as PropertyValue | undefined;
    },
    extended: (field) => extendedOf(view, field),
  };
}

function extendedOf({ extended }: MessageView, field: ExtendedField): string | readonly string[] | undefined {
  const id = graphPropertyId(field);
  return id === undefined ? undefined : extended.get(normalisedId(id));
}

function comparable(value: unknown): FieldValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? (value as string[]) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if ('id' in value) return String(value.id);
  return 'text' in value ? String(value.text) : undefined;
}

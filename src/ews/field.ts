/**
 * How requests name properties: by FieldURI, by FieldURI and index, or as an extended property.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/fielduri
 */
import { children, type EwsElement } from './element.ts';
import { extendedField, type ExtendedField } from './extended-field.ts';
import { ResponseError } from './response-messages.ts';

export type Field =
  | { readonly kind: 'named'; readonly uri: string }
  | { readonly kind: 'indexed'; readonly uri: string; readonly index: string }
  | ExtendedField;

/** The property an element names, undefined where it is no path to one. @throws ResponseError */
export function fieldOf(element: EwsElement): Field | undefined {
  const uri = element.attributes.get('FieldURI') ?? '';
  switch (element.localName) {
    case 'FieldURI':
      return { kind: 'named', uri };
    case 'IndexedFieldURI':
      return { kind: 'indexed', uri, index: element.attributes.get('FieldIndex') ?? '' };
    case 'ExtendedFieldURI':
      return extendedField(element);
    default:
      return undefined;
  }
}

/** The property that one of an element's children names. @throws ResponseError where none does */
export function fieldIn(parent: EwsElement): Field {
  for (const element of children(parent)) {
    const field = fieldOf(element);
    if (field !== undefined) return field;
  }
  throw new ResponseError('ErrorInvalidPropertyRequest', `${parent.localName} names no property.`);
}

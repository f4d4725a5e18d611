/** Values as restrictions and sort orders compare them. */
import type { FieldValue } from '../matches.ts';
import type { EwsProperty } from './types.ts';
import type { Body, Flag, Id, Mailbox, PropertyValue } from './values.ts';

/**
 * @param value of the property's kind
 * @returns undefined for a property that can't be compared. Mailboxes become their names and addresses, so that
 *   either can be looked for
 */
export function comparableValue(property: EwsProperty, value: PropertyValue | undefined): FieldValue {
  if (!property.comparable || value === undefined) return undefined;
  // A reader's table is typed by the same rows, so that the value is of the property's kind.
  switch (property.kind) {
    case 'string':
    case 'language':
    case 'enum':
    case 'binary':
    case 'boolean':
    case 'int':
    case 'dateTime':
    case 'strings':
      return value as FieldValue;
    case 'mailbox':
      return words(value as Mailbox);
    case 'body':
      return (value as Body).text;
    case 'itemId':
    case 'folderId':
      return (value as Id).id;
    case 'flag':
      return (value as Flag).status;
    default:
      return undefined;
  }
}

function words({ name, address }: Mailbox): string[] {
  return [name ?? '', address ?? ''].filter((word) => word !== '');
}

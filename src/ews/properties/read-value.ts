/**
 * Values that a client sends for properties, from the elements of UpdateItem and CreateItem.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/setitemfield
 */
import { child, children, textAt, type EwsElement } from '../element.ts';
import { ResponseError } from '../response-messages.ts';
import type { EwsProperty } from './types.ts';
import type { Body, Flag, Mailbox, PropertyValue } from './values.ts';

/**
 * The value of a property's element.
 *
 * @throws ResponseError ErrorSchemaValidation where the text is not of the property's kind, ErrorInvalidPropertySet
 *   for a kind that clients cannot set
 */
export function readValue(property: EwsProperty, element: EwsElement): PropertyValue {
  const text = element.text;
  switch (property.kind) {
    case 'string':
    case 'language':
    case 'binary':
      return text;
    case 'boolean':
      return booleanOf(text) ?? invalid(property);
    case 'int':
      return /^[+-]?\d{1,10}$/.test(text.trim()) ? Number(text) : invalid(property);
    case 'dateTime':
      return dateOf(text) ?? invalid(property);
    case 'enum':
      return property.values.includes(text.trim()) ? text.trim() : invalid(property);
    case 'strings':
      return children(element, 'String').map((one) => one.text);
    case 'mailbox':
      return mailboxOf(child(element, 'Mailbox')) ?? invalid(property);
    case 'recipients':
      return children(element, 'Mailbox').flatMap((one) => mailboxOf(one) ?? []);
    case 'body':
      return bodyOf(element);
    case 'flag':
      return flagOf(element);
    default:
      throw new ResponseError('ErrorInvalidPropertySet', `${property.uri} cannot be set.`);
  }
}

export function mailboxOf(element: EwsElement | undefined): Mailbox | undefined {
  if (element === undefined) return undefined;
  const [name, address] = [textAt(element, 'Name'), textAt(element, 'EmailAddress')];
  const routingType = textAt(element, 'RoutingType');
  return { name, address, ...(routingType === undefined ? {} : { routingType }) };
}

/** xs:dateTime, in UTC where it names no offset; undefined for anything else. */
export function dateOf(text: string): Date | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,3})?\d*(Z|[+-]\d\d:\d\d)?$/.exec(text.trim());
  if (match === null) return undefined;
  const date = new Date(`${match[1]}${match[2] ?? ''}${match[3] ?? 'Z'}`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function booleanOf(text: string): boolean | undefined {
  return { true: true, 1: true, false: false, 0: false }[text.trim()];
}

function bodyOf(element: EwsElement): Body {
  return { type: element.attributes.get('BodyType') === 'HTML' ? 'HTML' : 'Text', text: element.text };
}

const FLAG_STATUS: readonly Flag['status'][] = ['NotFlagged', 'Flagged', 'Complete'];

function flagOf(element: EwsElement): Flag {
  const status = FLAG_STATUS.find((one) => one === textAt(element, 'FlagStatus'));
  if (status === undefined) throw new ResponseError('ErrorSchemaValidation', 'FlagStatus is not one of the three.');
  const at = (name: string): Date | undefined => dateOf(textAt(element, name) ?? '');
  return { status, startDate: at('StartDate'), dueDate: at('DueDate'), completeDate: at('CompleteDate') };
}

function invalid({ uri, kind }: EwsProperty): never {
  throw new ResponseError('ErrorSchemaValidation', `The value of ${uri} is no ${kind}.`);
}

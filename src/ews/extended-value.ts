/**
 * Values of extended properties in requests, in the form in which Exchange gives them out.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/extendedproperty
 */
import { child, children, type EwsElement } from './element.ts';
import type { ExtendedField } from './extended-field.ts';
import { dateOf } from './properties/read-value.ts';
import { ResponseError } from './response-messages.ts';
import { dateTime } from './xml.ts';

const WHOLE_NUMBERS: ReadonlySet<string> = new Set(['Short', 'Integer', 'Long']);
const NUMBERS: ReadonlySet<string> = new Set([...WHOLE_NUMBERS, 'Currency', 'Float', 'Double', 'ApplicationTime']);

/**
 * What a `t:ExtendedProperty` sets its property to: a list for a type of an array.
 *
 * @throws ResponseError ErrorInvalidExtendedPropertyValue where it is not of the property's type
 */
export function extendedValue(field: ExtendedField, property: EwsElement): string | readonly string[] {
  const list = child(property, 'Values');
  const one = child(property, 'Value');
  const isArray = field.propertyType.endsWith('Array');
  if (isArray !== (list !== undefined) || (!isArray && one === undefined)) throw invalid(field);
  return list === undefined
    ? canonical(field, one?.text ?? '')
    : children(list, 'Value').map(({ text }) => canonical(field, text));
}

function canonical(field: ExtendedField, text: string): string {
  const type = field.propertyType.replace(/Array$/, '');
  if (type === 'String') return text;
  const value = text.trim();
  switch (type) {
    case 'Boolean':
      if (!/^(?:true|false|0|1)$/.test(value)) throw invalid(field);
      return String(value === 'true' || value === '1');
    case 'SystemTime': {
      const date = dateOf(value);
      if (date === undefined) throw invalid(field);
      return dateTime(date);
    }
    case 'Binary': {
      const bytes = Buffer.from(value, 'base64').toString('base64');
      if (bytes.replace(/=+$/, '') !== value.replace(/[\s=]+/g, '')) throw invalid(field);
      return bytes;
    }
    default:
      if (NUMBERS.has(type) && (value === '' || Number.isNaN(Number(value)))) throw invalid(field);
      if (WHOLE_NUMBERS.has(type) && !/^[-+]?\d+$/.test(value)) throw invalid(field);
      return value;
  }
}

function invalid({ propertyType }: ExtendedField): ResponseError {
  return new ResponseError(
    'ErrorInvalidExtendedPropertyValue',
    `The value of the extended property is not of the type ${propertyType}.`,
  );
}

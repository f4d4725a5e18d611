/**
 * Dates without an offset in restrictions: they are meant in the time zone that the request's header names, without one
 * in UTC.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/timezonecontext
 */
import type { Field } from './field.ts';
import { ITEM_PROPERTIES } from './properties/elements.ts';
import type { Operand, Restriction } from './restriction.ts';
import { offsetOf } from './time-zones.ts';

const LOCAL = /^\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)\s*$/;
const DATES: ReadonlySet<string> = new Set(
  ITEM_PROPERTIES.filter(({ kind }) => kind === 'dateTime').map(({ uri }) => uri),
);

/**
 * A restriction whose dates are all in UTC.
 *
 * @param zone Windows' id of a time zone; one that is not known counts as UTC
 */
export function inUtc<R extends Restriction | undefined>(restriction: R, zone: string | undefined): R {
  if (restriction === undefined || zone === undefined) return restriction;
  return converted(restriction, zone) as R;
}

function converted(restriction: Restriction, zone: string): Restriction {
  if ('operands' in restriction)
    return { ...restriction, operands: restriction.operands.map((one) => converted(one, zone)) };
  if (restriction.kind === 'Not') return { ...restriction, operand: converted(restriction.operand, zone) };
  if (!('operand' in restriction) || !isDate(restriction.field)) return restriction;
  return { ...restriction, operand: dateInUtc(restriction.operand, zone) };
}

function isDate(field: Field): boolean {
  if (field.kind === 'extended') return field.propertyType === 'SystemTime';
  return field.kind === 'named' && DATES.has(field.uri);
}

function dateInUtc(operand: Operand, zone: string): Operand {
  const local = operand.kind === 'constant' ? LOCAL.exec(operand.value)?.[1] : undefined;
  const time = local === undefined ? Number.NaN : Date.parse(`${local}Z`);
  if (Number.isNaN(time)) return operand;
  return { kind: 'constant', value: new Date(time - offsetOf(zone, time) * 60_000).toISOString() };
}

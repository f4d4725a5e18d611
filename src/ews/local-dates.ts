/**
 * Dates of a request that name no offset are meant in the time zone of its header TimeZoneContext. They are made UTC as
 * soon as a request is read, so that nothing else has to know of the zone. Answers are in UTC whatever the header says.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/time-zones-and-ews-in-exchange
 */
import type { EwsElement } from './element.ts';
import { ITEM_PROPERTIES } from './properties/elements.ts';
import { isAtLeast, type SchemaVersion } from './properties/versions.ts';
import { offsetOf } from './time-zones.ts';

const LOCAL = /^\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)\s*$/;
const DATES: ReadonlySet<string> = new Set(
  ITEM_PROPERTIES.filter(({ kind }) => kind === 'dateTime').map(({ uri }) => uri),
);
/** Elements whose text is a date: properties of items, and parts of item:Flag. */
const DATE_ELEMENTS: ReadonlySet<string> = new Set([
  ...ITEM_PROPERTIES.filter(({ kind }) => kind === 'dateTime').map(({ element }) => element),
  'StartDate',
  'DueDate',
  'CompleteDate',
]);
/** What holds the values of the property that stands before it: of a restriction, and of an extended property. */
const HOLDERS: ReadonlySet<string> = new Set(['FieldURIOrConstant', 'Constant', 'Value', 'Values']);

/** How a request means its dates. */
export interface DateContext {
  readonly version: SchemaVersion;
  /** Windows' id of the zone in TimeZoneContext; one that is not known counts as UTC. */
  readonly timeZone: string | undefined;
}

/**
 * A request with its dates in UTC.
 *
 * @returns the same element where there is nothing to change: before Exchange2010 the header counts for meetings only
 */
export function withDatesInUtc(request: EwsElement, { version, timeZone }: DateContext): EwsElement {
  if (timeZone === undefined || !isAtLeast(version, 'Exchange2010')) return request;
  return converted(request, timeZone, false);
}

/** @param holdsDates whether constants and values in it are dates */
function converted(element: EwsElement, zone: string, holdsDates: boolean): EwsElement {
  if (element.children.length === 0) {
    if (DATE_ELEMENTS.has(element.localName) || (holdsDates && element.localName === 'Value'))
      return { ...element, text: inUtc(element.text, zone) };
    const constant = holdsDates ? element.attributes.get('Value') : undefined;
    return constant === undefined
      ? element
      : { ...element, attributes: new Map([...element.attributes, ['Value', inUtc(constant, zone)]]) };
  }
  const namesDate = element.children.some(isDate);
  const children = element.children.map((child) =>
    converted(child, zone, HOLDERS.has(child.localName) && (namesDate || holdsDates)),
  );
  return children.some((child, index) => child !== element.children[index]) ? { ...element, children } : element;
}

/** Whether an element is the path of a property that is a date. */
function isDate({ localName, attributes }: EwsElement): boolean {
  if (localName === 'ExtendedFieldURI') return /^SystemTime(?:Array)?$/.test(attributes.get('PropertyType') ?? '');
  return localName === 'FieldURI' && DATES.has(attributes.get('FieldURI') ?? '');
}

function inUtc(text: string, zone: string): string {
  const local = LOCAL.exec(text)?.[1];
  const time = local === undefined ? Number.NaN : Date.parse(`${local}Z`);
  return Number.isNaN(time) ? text : new Date(time - offsetOf(zone, time) * 60_000).toISOString();
}

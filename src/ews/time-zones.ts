/**
 * Time zones with their present rules, under Windows' ids. Zones whose clocks change on dates that no rule of this
 * kind describes are left out.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/timezonedefinition
 * @see https://learn.microsoft.com/windows-hardware/manufacture/desktop/default-time-zones
 */
import { element, xml, type XmlFragment } from './xml.ts';

/** A Sunday on which clocks change. */
interface Change {
  readonly month: number;
  /** Of the month; -1: the last one. */
  readonly sunday: number;
  /** By the clock as it was until then. */
  readonly hour: number;
}

interface Summer {
  readonly begins: Change;
  readonly ends: Change;
}

/** @param offset of the zone, in hours: all of Europe changes at 01:00 UTC */
const europe = (offset: number): Summer => ({
  begins: { month: 3, sunday: -1, hour: 1 + offset },
  ends: { month: 10, sunday: -1, hour: 2 + offset },
});
const AMERICA: Summer = { begins: { month: 3, sunday: 2, hour: 2 }, ends: { month: 11, sunday: 1, hour: 2 } };
const AUSTRALIA: Summer = { begins: { month: 10, sunday: 1, hour: 2 }, ends: { month: 4, sunday: 1, hour: 3 } };
const NEW_ZEALAND: Summer = { begins: { month: 9, sunday: -1, hour: 2 }, ends: { month: 4, sunday: 1, hour: 3 } };

/** Id, places, minutes east of UTC in winter, and summer time. */
type TimeZone = readonly [id: string, places: string, offset: number, summer?: Summer];

const ZONES: readonly TimeZone[] = [
  ['Hawaiian Standard Time', 'Hawaii', -600],
  ['Alaskan Standard Time', 'Alaska', -540, AMERICA],
  ['Pacific Standard Time', 'Pacific Time (US & Canada)', -480, AMERICA],
  ['US Mountain Standard Time', 'Arizona', -420],
  ['Mountain Standard Time', 'Mountain Time (US & Canada)', -420, AMERICA],
  ['Central America Standard Time', 'Central America', -360],
  ['Central Standard Time', 'Central Time (US & Canada)', -360, AMERICA],
  ['Central Standard Time (Mexico)', 'Guadalajara, Mexico City, Monterrey', -360],
  ['Canada Central Standard Time', 'Saskatchewan', -360],
  ['SA Pacific Standard Time', 'Bogota, Lima, Quito, Rio Branco', -300],
  ['Eastern Standard Time', 'Eastern Time (US & Canada)', -300, AMERICA],
  ['US Eastern Standard Time', 'Indiana (East)', -300, AMERICA],
  ['Atlantic Standard Time', 'Atlantic Time (Canada)', -240, AMERICA],
  ['SA Western Standard Time', 'Georgetown, La Paz, Manaus, San Juan', -240],
  ['Newfoundland Standard Time', 'Newfoundland', -210, AMERICA],
  ['E. South America Standard Time', 'Brasilia', -180],
  ['SA Eastern Standard Time', 'Cayenne, Fortaleza', -180],
  ['Argentina Standard Time', 'City of Buenos Aires', -180],
  ['Azores Standard Time', 'Azores', -60, europe(-1)],
  ['UTC', 'Coordinated Universal Time', 0],
  ['GMT Standard Time', 'Dublin, Edinburgh, Lisbon, London', 0, europe(0)],
  ['Greenwich Standard Time', 'Monrovia, Reykjavik', 0],
  ['W. Europe Standard Time', 'Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', 60, europe(1)],
  ['Central Europe Standard Time', 'Belgrade, Bratislava, Budapest, Ljubljana, Prague', 60, europe(1)],
  ['Romance Standard Time', 'Brussels, Copenhagen, Madrid, Paris', 60, europe(1)],
  ['Central European Standard Time', 'Sarajevo, Skopje, Warsaw, Zagreb', 60, europe(1)],
  ['W. Central Africa Standard Time', 'West Central Africa', 60],
  ['GTB Standard Time', 'Athens, Bucharest', 120, europe(2)],
  ['South Africa Standard Time', 'Harare, Pretoria', 120],
  ['FLE Standard Time', 'Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius', 120, europe(2)],
  ['Turkey Standard Time', 'Istanbul', 180],
  ['Arabic Standard Time', 'Baghdad', 180],
  ['Arab Standard Time', 'Kuwait, Riyadh', 180],
  ['Russian Standard Time', 'Moscow, St. Petersburg', 180],
  ['E. Africa Standard Time', 'Nairobi', 180],
  ['Iran Standard Time', 'Tehran', 210],
  ['Arabian Standard Time', 'Abu Dhabi, Muscat', 240],
  ['Georgian Standard Time', 'Tbilisi', 240],
  ['Afghanistan Standard Time', 'Kabul', 270],
  ['Pakistan Standard Time', 'Islamabad, Karachi', 300],
  ['India Standard Time', 'Chennai, Kolkata, Mumbai, New Delhi', 330],
  ['Sri Lanka Standard Time', 'Sri Jayawardenepura', 330],
  ['Nepal Standard Time', 'Kathmandu', 345],
  ['Bangladesh Standard Time', 'Dhaka', 360],
  ['Myanmar Standard Time', 'Yangon (Rangoon)', 390],
  ['SE Asia Standard Time', 'Bangkok, Hanoi, Jakarta', 420],
  ['China Standard Time', 'Beijing, Chongqing, Hong Kong, Urumqi', 480],
  ['Singapore Standard Time', 'Kuala Lumpur, Singapore', 480],
  ['W. Australia Standard Time', 'Perth', 480],
  ['Taipei Standard Time', 'Taipei', 480],
  ['Tokyo Standard Time', 'Osaka, Sapporo, Tokyo', 540],
  ['Korea Standard Time', 'Seoul', 540],
  ['Cen. Australia Standard Time', 'Adelaide', 570, AUSTRALIA],
  ['AUS Central Standard Time', 'Darwin', 570],
  ['E. Australia Standard Time', 'Brisbane', 600],
  ['AUS Eastern Standard Time', 'Canberra, Melbourne, Sydney', 600, AUSTRALIA],
  ['West Pacific Standard Time', 'Guam, Port Moresby', 600],
  ['New Zealand Standard Time', 'Auckland, Wellington', 720, NEW_ZEALAND],
];

/**
 * t:TimeZoneDefinition for each zone, always with its rules: the EWS Managed API calls one without them invalid.
 *
 * @param wanted ids; none for all zones
 */
export function timeZoneDefinitions(wanted: ReadonlySet<string>): readonly XmlFragment[] {
  return ZONES.filter(([id]) => wanted.size === 0 || wanted.has(id)).map(definition);
}

const BY_ID = new Map(ZONES.map((zone) => [zone[0], zone]));
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How far a zone's clocks are ahead of UTC, in minutes; 0 for a zone that is not known.
 *
 * @param local milliseconds of the clock's time, as if it were UTC's
 */
export function offsetOf(id: string, local: number): number {
  const [, , offset = 0, summer] = BY_ID.get(id) ?? [];
  if (summer === undefined) return offset;
  const year = new Date(local).getUTCFullYear();
  const [begins, ends] = [timeOf(summer.begins, year), timeOf(summer.ends, year)];
  // In the south summer goes over the end of the year.
  const isSummer = begins < ends ? local >= begins && local < ends : local >= begins || local < ends;
  return isSummer ? offset + 60 : offset;
}

/** By the clock as it was until then, as if it were UTC's. */
function timeOf({ month, sunday, hour }: Change, year: number): number {
  const first = Date.UTC(year, month - 1, 1);
  const firstSunday = first + ((7 - new Date(first).getUTCDay()) % 7) * DAY;
  if (sunday > 0) return firstSunday + (sunday - 1) * 7 * DAY + hour * HOUR;
  const last = Date.UTC(year, month, 0);
  return last - new Date(last).getUTCDay() * DAY + hour * HOUR;
}

function definition([id, places, offset, summer]: TimeZone): XmlFragment {
  const rule = `trule:Microsoft/Registry/${id.replaceAll(' ', '')}/1-`;
  const [standard, daylight] = [`${rule}Standard`, `${rule}Daylight`];
  const periods = [
    xml`<t:Period Bias="${bias(offset)}" Name="Standard" Id="${standard}"/>`,
    summer && xml`<t:Period Bias="${bias(offset + 60)}" Name="Daylight" Id="${daylight}"/>`,
  ];
  const transitions =
    summer === undefined
      ? [element('Transition', toPeriod(standard))]
      : [recurring(daylight, summer.begins), recurring(standard, summer.ends)];
  // A reference may only name what stands before it.
  const group = xml`<t:TransitionsGroup Id="0">${transitions}</t:TransitionsGroup>`;
  const rules = [
    element('Periods', periods),
    element('TransitionsGroups', group),
    element('Transitions', element('Transition', xml`<t:To Kind="Group">0</t:To>`)),
  ];
  return xml`<t:TimeZoneDefinition Id="${id}" Name="${nameOf(places, offset, id)}">${rules}</t:TimeZoneDefinition>`;
}

function recurring(period: string, { month, sunday, hour }: Change): XmlFragment {
  return element('RecurringDayTransition', [
    toPeriod(period),
    element('TimeOffset', `PT${hour}H`),
    element('Month', month),
    element('DayOfWeek', 'Sunday'),
    element('Occurrence', sunday),
  ]);
}

function toPeriod(period: string): XmlFragment {
  return xml`<t:To Kind="Period">${period}</t:To>`;
}

/** What is added to local time to make it UTC, as xs:duration. */
function bias(offset: number): string {
  if (offset === 0) return 'PT0S';
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${offset > 0 ? '-' : ''}PT${hours === 0 ? '' : `${hours}H`}${minutes === 0 ? '' : `${minutes}M`}`;
}

/** @example nameOf('Tehran', 210, 'Iran Standard Time') // (UTC+03:30) Tehran */
function nameOf(places: string, offset: number, id: string): string {
  if (id === 'UTC') return `(UTC) ${places}`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `(UTC${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}) ${places}`;
}

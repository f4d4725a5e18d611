/**
 * Time zones with their rules, as Windows names and describes them.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/timezonedefinition
 */
import { element, trustedMarkup, xml, type XmlFragment } from '../../ews/xml.ts';

interface Change {
  readonly month: number;
  /** Of the month; -1: the last one. */
  readonly sunday: number;
  readonly at: string;
}

interface TimeZone {
  readonly id: string;
  readonly name: string;
  /** What is added to local time to get UTC. */
  readonly bias: string;
  readonly daylight?: { readonly bias: string; readonly begins: Change; readonly ends: Change };
}

const EUROPE = (bias: string, hour: number) => ({
  bias,
  begins: { month: 3, sunday: -1, at: `PT${hour}H` },
  ends: { month: 10, sunday: -1, at: `PT${hour + 1}H` },
});
const AMERICA = (bias: string) => ({
  bias,
  begins: { month: 3, sunday: 2, at: 'PT2H' },
  ends: { month: 11, sunday: 1, at: 'PT2H' },
});

const ZONES: readonly TimeZone[] = [
  {
    id: 'Pacific Standard Time',
    name: '(UTC-08:00) Pacific Time (US & Canada)',
    bias: 'PT8H',
    daylight: AMERICA('PT7H'),
  },
  {
    id: 'Mountain Standard Time',
    name: '(UTC-07:00) Mountain Time (US & Canada)',
    bias: 'PT7H',
    daylight: AMERICA('PT6H'),
  },
  {
    id: 'Central Standard Time',
    name: '(UTC-06:00) Central Time (US & Canada)',
    bias: 'PT6H',
    daylight: AMERICA('PT5H'),
  },
  {
    id: 'Eastern Standard Time',
    name: '(UTC-05:00) Eastern Time (US & Canada)',
    bias: 'PT5H',
    daylight: AMERICA('PT4H'),
  },
  { id: 'UTC', name: '(UTC) Coordinated Universal Time', bias: 'PT0S' },
  {
    id: 'GMT Standard Time',
    name: '(UTC+00:00) Dublin, Edinburgh, Lisbon, London',
    bias: 'PT0S',
    daylight: EUROPE('-PT1H', 1),
  },
  {
    id: 'W. Europe Standard Time',
    name: '(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna',
    bias: '-PT1H',
    daylight: EUROPE('-PT2H', 2),
  },
  {
    id: 'Romance Standard Time',
    name: '(UTC+01:00) Brussels, Copenhagen, Madrid, Paris',
    bias: '-PT1H',
    daylight: EUROPE('-PT2H', 2),
  },
  {
    id: 'FLE Standard Time',
    name: '(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius',
    bias: '-PT2H',
    daylight: EUROPE('-PT3H', 3),
  },
  { id: 'India Standard Time', name: '(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi', bias: '-PT5H30M' },
  { id: 'China Standard Time', name: '(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi', bias: '-PT8H' },
  { id: 'Tokyo Standard Time', name: '(UTC+09:00) Osaka, Sapporo, Tokyo', bias: '-PT9H' },
];

/** @param wanted ids; none for all zones. @param full whether rules are given with the names */
export function timeZoneDefinitions(wanted: ReadonlySet<string>, full: boolean): readonly XmlFragment[] {
  return ZONES.filter(({ id }) => wanted.size === 0 || wanted.has(id)).map((zone) => {
    const rules = full ? rulesOf(zone) : undefined;
    return xml`<t:TimeZoneDefinition Id="${zone.id}" Name="${zone.name}">${rules}</t:TimeZoneDefinition>`;
  });
}

function rulesOf({ id, bias, daylight }: TimeZone): XmlFragment {
  const [standard, summer] = [`trule:Microsoft/Registry/${id}/1-Standard`, `trule:Microsoft/Registry/${id}/1-Daylight`];
  const periods = [
    xml`<t:Period Bias="${bias}" Name="Standard" Id="${standard}"/>`,
    daylight === undefined ? undefined : xml`<t:Period Bias="${daylight.bias}" Name="Daylight" Id="${summer}"/>`,
  ];
  const to = (period: string): XmlFragment => xml`<t:To Kind="Period">${period}</t:To>`;
  const transitions =
    daylight === undefined
      ? element('Transition', to(standard))
      : xml`${recurring(summer, daylight.begins)}${recurring(standard, daylight.ends)}`;
  const group = xml`<t:TransitionsGroup Id="0">${transitions}</t:TransitionsGroup>`;
  const transition = xml`<t:Transition><t:To Kind="Group">0</t:To></t:Transition>`;
  return xml`${[element('Periods', periods), element('TransitionsGroups', group), element('Transitions', transition)]}`;
}

function recurring(period: string, { month, sunday, at }: Change): XmlFragment {
  return element('RecurringDayTransition', [
    trustedMarkup(xml`<t:To Kind="Period">${period}</t:To>`.markup),
    element('TimeOffset', at),
    element('Month', month),
    element('DayOfWeek', 'Sunday'),
    element('Occurrence', sunday),
  ]);
}

/**
 * A time zone as the Availability service has it: a bias, and when it changes in each year.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/timezone-availability
 */
import { child, textAt, type EwsElement } from './element.ts';
import { ResponseError } from './response-messages.ts';

/** When summer or winter begins, in the local time that holds until then. */
interface Change {
  /** Minutes beyond the zone's own bias, from then on. */
  readonly bias: number;
  /** 1 to 12; 0 where the zone never changes. */
  readonly month: number;
  /** Which of the month's weekdays: 1 to 4, 5 for the last. */
  readonly order: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Milliseconds since midnight. */
  readonly time: number;
}

export interface SerializableTimeZone {
  /** Minutes from local time to UTC. */
  readonly bias: number;
  readonly standard: Change;
  readonly daylight: Change;
}

const NEVER: Change = { bias: 0, month: 0, order: 1, weekday: 0, time: 0 };
export const UTC: SerializableTimeZone = { bias: 0, standard: NEVER, daylight: NEVER };
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MINUTE = 60_000;
const DAY = 86_400_000;

/** @param element t:TimeZone; without one UTC @throws ResponseError ErrorInvalidTimeInterval where it is none */
export function readTimeZone(element: EwsElement | undefined): SerializableTimeZone {
  if (element === undefined) return UTC;
  return {
    bias: integer(textAt(element, 'Bias')),
    standard: changeOf(child(element, 'StandardTime')),
    daylight: changeOf(child(element, 'DaylightTime')),
  };
}

function changeOf(element: EwsElement | undefined): Change {
  if (element === undefined) return NEVER;
  const [hours = '0', minutes = '0', seconds = '0'] = (textAt(element, 'Time') ?? '00:00:00').split(':');
  return {
    bias: integer(textAt(element, 'Bias')),
    month: integer(textAt(element, 'Month')),
    order: integer(textAt(element, 'DayOrder')),
    weekday: Math.max(DAYS.indexOf(textAt(element, 'DayOfWeek') ?? 'Sunday'), 0),
    time: ((integer(hours) * 60 + integer(minutes)) * 60 + integer(seconds)) * 1000,
  };
}

/** @param local clock time as if it were UTC */
export function toUtc(local: Date, zone: SerializableTimeZone): Date {
  return new Date(local.getTime() + biasAt(local.getTime(), zone) * MINUTE);
}

/** Clock time as if it were UTC. */
export function toLocal(utc: Date, zone: SerializableTimeZone): Date {
  const guess = utc.getTime() - zone.bias * MINUTE;
  // Near a change the guess may be on its other side.
  const first = utc.getTime() - biasAt(guess, zone) * MINUTE;
  return new Date(utc.getTime() - biasAt(first, zone) * MINUTE);
}

/** Minutes from local time to UTC at a local time. */
function biasAt(local: number, { bias, standard, daylight }: SerializableTimeZone): number {
  if (standard.month === 0 || daylight.month === 0) return bias + standard.bias;
  const year = new Date(local).getUTCFullYear();
  const [summer, winter] = [at(year, daylight), at(year, standard)];
  const isSummer = summer < winter ? local >= summer && local < winter : local >= summer || local < winter;
  return bias + (isSummer ? daylight.bias : standard.bias);
}

function at(year: number, { month, order, weekday, time }: Change): number {
  const first = Date.UTC(year, month - 1, 1);
  const days = (weekday - new Date(first).getUTCDay() + 7) % 7;
  let day = first + (days + 7 * (order - 1)) * DAY;
  while (new Date(day).getUTCMonth() !== month - 1) day -= 7 * DAY;
  return day + time;
}

function integer(text: string | undefined): number {
  if (text === undefined || !/^-?\d{1,5}$/.test(text))
    throw new ResponseError('ErrorInvalidTimeInterval', 'The time zone is not valid.');
  return Number(text);
}

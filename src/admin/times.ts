/**
 * Times on the page: 24 hours, `14:03:22`, with the date before them where it is not today. They are written in
 * the zone of the gateway's machine; the page's script puts them into the reader's.
 */
import { html, type Html } from './html.ts';

/** Times within texts of the model. */
const ISO = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)/;

/** The zone that times are written in. */
export function serverZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** @param time and now in milliseconds since the epoch */
export function clock(time: number, now: number): string {
  const [date, today] = [new Date(time), new Date(now)];
  const text = date.toTimeString().slice(0, 8);
  if (date.toDateString() === today.toDateString()) return text;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${text}`;
}

/** Hours and minutes. */
export function minuteOf(time: number): string {
  return new Date(time).toTimeString().slice(0, 5);
}

/** A time as an element that the script finds. */
export function timeOf(time: number | Date, now: number): Html {
  const date = new Date(time);
  return html`<time datetime="${date.toISOString()}">${clock(date.getTime(), now)}</time>`;
}

/** How long ago a time is, with the time itself behind it; beyond a day the time. */
export function ago(time: number, now: number): Html {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds >= 86_400) return timeOf(time, now);
  const text =
    seconds < 60
      ? `${seconds} s ago`
      : seconds < 3600
        ? `${Math.floor(seconds / 60)} min ago`
        : `${Math.floor(seconds / 3600)} h ago`;
  const iso = new Date(time).toISOString();
  return html`<time class="ago" datetime="${iso}" title="${clock(time, now)}">${text}</time>`;
}

/** A text in which ISO 8601 times become elements. */
export function withTimes(text: string, now: number): Html {
  return html`${text.split(ISO).map((part) => (ISO.test(part) ? timeOf(Date.parse(part), now) : part))}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

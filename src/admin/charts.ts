/** Charts of the last hour as inline SVG. */
import { count } from '../quantity.ts';
import type { Minute } from '../telemetry/activity.ts';
import { html, type Html } from './html.ts';
import { minuteOf } from './times.ts';

const WIDTH = 600;
const HEIGHT = 150;
const LEFT = 0;
/** Half a line of text: the labels beside stand at the height of their lines. */
const BOTTOM = 8;
const TOP = 8;

/** Requests of each minute as bars, the failed ones in another colour. */
export function requestChart(hour: readonly Minute[]): Html {
  const top = niceTop(Math.max(...hour.map(({ requests }) => requests)));
  const width = (WIDTH - LEFT) / hour.length;
  const bars = hour.map(({ time, requests, errors }, index) => {
    if (requests === 0) return undefined;
    const x = LEFT + index * width + 0.5;
    const good = height(requests - errors, top);
    const bad = height(errors, top);
    return html`<g
      ><title data-minute="${new Date(time).toISOString()}">
        ${minuteOf(time)}: ${count(requests, 'request')}${errors === 0 ? '' : `, ${errors} failed`}
      </title>
      <rect
        class="good"
        x="${fixed(x)}"
        y="${fixed(HEIGHT - BOTTOM - good)}"
        width="${fixed(width - 1)}"
        height="${fixed(good)}" />
      <rect
        class="bad"
        x="${fixed(x)}"
        y="${fixed(HEIGHT - BOTTOM - good - bad)}"
        width="${fixed(width - 1)}"
        height="${fixed(bad)}"
    /></g>`;
  });
  const total = hour.reduce((sum, { requests }) => sum + requests, 0);
  const failed = hour.reduce((sum, { errors }) => sum + errors, 0);
  return chart(
    `Requests in the last hour: ${total}, of which ${failed} failed`,
    hour,
    top,
    (value) => String(value),
    html`${bars}`,
  );
}

/** Median and 95th percentile of the durations of each minute. */
export function latencyChart(hour: readonly Minute[]): Html {
  const top = niceTop(Math.max(...hour.map(({ percentile95 }) => percentile95 ?? 0)));
  const lines = [
    line(hour, top, 'p95', ({ percentile95 }) => percentile95),
    line(hour, top, 'median', ({ median }) => median),
  ];
  return chart(
    'Duration of requests in the last hour: median and 95th percentile',
    hour,
    top,
    (value) => (value >= 1000 ? `${value / 1000} s` : `${value} ms`),
    html`${lines}`,
  );
}

/** Minutes without requests interrupt a line; a minute alone is a dash. */
function line(
  hour: readonly Minute[],
  top: number,
  name: string,
  valueOf: (minute: Minute) => number | undefined,
): Html {
  const step = (WIDTH - LEFT) / hour.length;
  const points = hour.map((minute, index) => {
    const value = valueOf(minute);
    return value === undefined
      ? undefined
      : { x: LEFT + (index + 0.5) * step, y: HEIGHT - BOTTOM - height(value, top) };
  });
  const path = points
    .map((point, index) =>
      point === undefined ? '' : `${points[index - 1] === undefined ? 'M' : 'L'}${fixed(point.x)} ${fixed(point.y)}`,
    )
    .join('');
  const dots = points.flatMap((point, index) =>
    point !== undefined && points[index - 1] === undefined && points[index + 1] === undefined
      ? [html`<path class="${name}" d="M${fixed(point.x - 2)} ${fixed(point.y)}h4" />`]
      : [],
  );
  return html`<path class="${name}" d="${path}" />${dots}`;
}

function chart(
  title: string,
  hour: readonly Minute[],
  top: number,
  label: (value: number) => string,
  content: Html,
): Html {
  const lines = [0, 0.5, 1].map((part) => {
    const y = fixed(HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - TOP));
    return html`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${y}" y2="${y}" />`;
  });
  const times = [0, 15, 30, 45, 59].flatMap((index) => hour[index] ?? []);
  // The labels are HTML, so that they keep their size while the drawing is stretched.
  return html`<div class="chart">
    <div class="y">${[1, 0.5, 0].map((part) => html`<span>${label(top * part)}</span>`)}</div>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${title}">
      ${lines}${content}
    </svg>
    <div class="x">${times.map(({ time }) => minuteLabel(time))}</div>
  </div>`;
}

function minuteLabel(time: number): Html {
  return html`<span data-minute="${new Date(time).toISOString()}">${minuteOf(time)}</span>`;
}

function height(value: number, top: number): number {
  return (value / top) * (HEIGHT - BOTTOM - TOP);
}

/** 2, 4, 10, 20, 40, 100 …: half of it is a round number too. */
function niceTop(value: number): number {
  for (let step = 1; ; step *= 10) for (const factor of [2, 4, 10]) if (value <= factor * step) return factor * step;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

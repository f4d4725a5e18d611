/** The page's table of the latest requests, and what to do about those that failed. */
import type { Explanation } from '../diagnosis/explanations.ts';
import { html, type Html } from './html.ts';
import type { StatusModel } from './status-model.ts';
import { ago } from './times.ts';

type Request = StatusModel['requests'][number];

export function requestSection({ requests, now }: StatusModel): Html {
  const content =
    requests.length === 0
      ? html`<p class="dim">None since the start. Point a program at the address above, or press Test.</p>`
      : requestTable(requests, now);
  return html`<section id="requests" data-live>
    <h2>Latest requests</h2>
    ${content}
  </section>`;
}

export function explanationOf({ side, remedy }: Explanation): Html {
  return html`<p>At fault: <strong>${side}</strong>.</p>
    <pre>${remedy.join('\n')}</pre>`;
}

function requestTable(requests: readonly Request[], now: number): Html {
  return html`<table class="cards compact">
    <thead>
      <tr>
        <th>When</th>
        <th>Caller</th>
        <th>Operation</th>
        <th>Outcome</th>
        <th class="n">Duration</th>
      </tr>
    </thead>
    <tbody>
      ${requests.map((request) => requestRow(request, now))}
    </tbody>
  </table>`;
}

function requestRow(request: Request, now: number): Html {
  const { time, source, caller, mailbox, operation, milliseconds, times, userAgent } = request;
  const repeated = times > 1 ? html` <span class="badge warn">${times} ×</span>` : undefined;
  const other = mailbox !== undefined && mailbox !== caller ? `${mailbox}, ` : '';
  const duration = milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
  return html`<tr>
    <td class="when">${ago(time, now)}${repeated}</td>
    <td data-label="Caller">${caller ?? '(none)'}<small>${other}from ${source}</small></td>
    <td data-label="Operation">${operation ?? '–'}<small>${userAgent}</small></td>
    <td data-label="Outcome">${outcomeOf(request)}</td>
    <td class="n" data-label="Duration">${duration}</td>
  </tr>`;
}

function outcomeOf({ id, outcome, reason, explanation }: Request): Html {
  const level = outcome === 'ok' ? 'good' : outcome === 'CLIENT_GONE' ? 'warn' : 'bad';
  const why = reason === undefined ? undefined : html`<small>${reason}</small>`;
  const remedy =
    explanation === undefined
      ? undefined
      : html`<details data-key="request ${id}">
          <summary>what to do</summary>
          ${explanationOf(explanation)}
          <p class="dim">request ${id}</p>
        </details>`;
  return html`<span class="badge ${level}">${outcome}</span>${why}${remedy}`;
}

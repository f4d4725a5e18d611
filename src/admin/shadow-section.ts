/** The page's table of how answers of Graph compared with those of EWS. It names properties, never their values. */
import type { DifferingProperty, ShadowResult } from '../backends/shadow/results.ts';
import { html, type Html } from './html.ts';
import type { StatusModel } from './status-model.ts';
import { timeOf } from './times.ts';

/** Of an operation. */
const SHOWN = 20;

export function shadowSection({ registrations, now }: StatusModel): Html {
  const shadowed = registrations.filter(({ config }) => config.shadow !== undefined);
  if (shadowed.length === 0) return html`<section id="shadow" data-live hidden></section>`;
  const rows = shadowed.flatMap(({ config, shadow }) => shadow.map((result) => row(config.name, result, now)));
  const none = html`<tr>
    <td colspan="5" class="dim">nothing compared since the start</td>
  </tr>`;
  return html`<section id="shadow" data-live>
    <h2>Compared with Microsoft Graph <span class="dim">since the start; values are not kept</span></h2>
    <table class="cards">
      <thead>
        <tr>
          <th>Operation</th>
          <th class="n">Compared</th>
          <th class="n">Equal</th>
          <th class="n">No answer</th>
          <th>Properties that differ</th>
        </tr>
      </thead>
      <tbody>
        ${rows.length === 0 ? none : rows}
      </tbody>
    </table>
  </section>`;
}

function row(
  registration: string,
  { operation, compared, equal, failed, differences }: ShadowResult,
  now: number,
): Html {
  const badge = compared === 0 ? 'warn' : equal === compared && failed === 0 ? 'good' : 'warn';
  return html`<tr>
    <td>
      <span class="badge ${badge}">${badge === 'good' ? '✓' : '!'} ${operation}</span><small>${registration}</small>
    </td>
    <td class="n" data-label="Compared">${compared}</td>
    <td class="n" data-label="Equal">${equal}</td>
    <td class="n" data-label="No answer">${failed}</td>
    <td data-label="Differ">${differences.slice(0, SHOWN).map((one) => difference(one, now))}</td>
  </tr>`;
}

function difference({ property, kind, times, example }: DifferingProperty, now: number): Html {
  return html`<small
    >${property}: ${kind}, ${times} ×; latest in request ${example.requestId}, ${timeOf(example.time, now)}</small
  >`;
}

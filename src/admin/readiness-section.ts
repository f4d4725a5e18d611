/** The page's table of what callers have used since the start, and whether it goes on through Microsoft Graph. */
import type { ShadowResult } from '../backends/shadow/results.ts';
import { verdictOf, type UsedOperation } from '../diagnosis/graph-readiness/report.ts';
import { ewsEndText } from '../ews-end.ts';
import { count } from '../quantity.ts';
import { html, type Html } from './html.ts';
import type { StatusModel } from './status-model.ts';
import type { CallerStatus } from './status.ts';

const MARKS = { yes: '✓', differs: '!', no: '✗' } as const;
const BADGES = { yes: 'good', differs: 'warn', no: 'bad' } as const;
const VERDICTS = {
  'ready': { badge: 'good', text: '✓ goes on' },
  'differs': { badge: 'warn', text: '! goes on, with differences' },
  'not ready': { badge: 'bad', text: '✗ would fail' },
} as const;

/** Nothing where no registration reaches Exchange Online by EWS any more. */
export function readinessSection({ registrations, callers }: StatusModel): Html {
  const days = registrations.flatMap(({ ewsDaysLeft }) => ewsDaysLeft ?? []);
  const rows = callers.flatMap(callerRow);
  if (days.length === 0 || rows.length === 0) return html`<section id="readiness" data-live hidden></section>`;
  const left = Math.min(...days);
  const end = left > 0 ? `${count(left, 'day')} until EWS ends (${ewsEndText()})` : `EWS ended on ${ewsEndText()}`;
  return html`<section id="readiness" data-live>
    <h2>Ready for Microsoft Graph? <span class="dim">${end}; used since the start</span></h2>
    <table class="cards">
      <thead>
        <tr>
          <th>User name</th>
          <th>Through Graph</th>
          <th>Operations</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
    <p class="dim">For a longer time, with permissions and mailboxes: <code>ews-gateway readiness</code></p>
  </section>`;
}

function callerRow({ username, used, shadow }: CallerStatus): Html[] {
  const verdict = verdictOf(used, shadow);
  if (verdict === 'unused') return [];
  const { badge, text } = VERDICTS[verdict];
  return [
    html`<tr>
      <td><strong>${username}</strong></td>
      <td data-label="Through Graph"><span class="badge ${badge}">${text}</span></td>
      <td data-label="Operations">${used.map(operationBadge)}${comparedNote(shadow)}</td>
    </tr>`,
  ];
}

function comparedNote(shadow: readonly ShadowResult[]): Html | undefined {
  if (shadow.length === 0) return undefined;
  const sum = (of: (one: ShadowResult) => number): number => shadow.reduce((total, one) => total + of(one), 0);
  const [equal, compared, failed] = [sum((one) => one.equal), sum((one) => one.compared), sum((one) => one.failed)];
  const without = failed === 0 ? '' : `, ${failed} without an answer of Graph`;
  return html`<small>compared with EWS: ${equal} of ${count(compared, 'answer')} equal${without}</small>`;
}

function operationBadge({ name, served, note }: UsedOperation): Html {
  const title = served === 'no' ? 'not served through Microsoft Graph' : note;
  return html`<span class="badge ${BADGES[served]}" title="${title}">${MARKS[served]} ${name}</span> `;
}

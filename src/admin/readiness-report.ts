/** The report on a change to Microsoft Graph as a page of its own, which loads nothing: to be kept or sent on. */
import type { ShadowResult } from '../backends/shadow/results.ts';
import {
  isEqual,
  type CallerReadiness,
  type ReadinessReport,
  type RegistrationReadiness,
  type UsedOperation,
} from '../diagnosis/graph-readiness/report.ts';
import { ewsEndText } from '../ews-end.ts';
import { count } from '../quantity.ts';
import { VERSION } from '../version.ts';
import { html, raw, type Html } from './html.ts';
import { STYLE } from './style.ts';

const LEVELS = { ok: 'good', warn: 'warn', bad: 'bad' } as const;
const MARKS = { ok: '✓', warn: '!', bad: '✗' } as const;
const SERVED = {
  yes: { badge: 'good', mark: '✓' },
  differs: { badge: 'warn', mark: '!' },
  no: { badge: 'bad', mark: '✗' },
} as const;
const VERDICTS = {
  'ready': { badge: 'good', text: '✓ goes on as it is' },
  'differs': { badge: 'warn', text: '! goes on, with differences' },
  'not ready': { badge: 'bad', text: '✗ would fail' },
  'unused': { badge: 'warn', text: '! not seen' },
} as const;

export function readinessPage(report: ReadinessReport): string {
  const { ready, made, usage, registrations, callers } = report;
  const period =
    usage.from === undefined || usage.to === undefined
      ? 'The audit log has no requests'
      : `${count(usage.requests, 'request')} from ${day(usage.from)} to ${day(usage.to)}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Ready for Microsoft Graph?</title>
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <header>
          <h1>Ready for Microsoft Graph?</h1>
          <span class="badge ${ready ? 'good' : 'bad'}">${ready ? '✓ yes' : '✗ not yet'}</span>
          <p>${period}</p>
        </header>
        <main>
          <section>
            <p>
              Microsoft ends Exchange Web Services (EWS) in Exchange Online on ${ewsEndText()}. The programs below use
              EWS through ews-gateway, which can answer them from Microsoft Graph instead. This report says whether
              everything they did so far would go on.
            </p>
          </section>
          ${registrations.map(registrationPart)} ${callers.map(callerPart)}
        </main>
        <footer>ews-gateway ${VERSION} · made ${made}</footer>
      </body>
    </html>`.toString();
}

function registrationPart({ name, daysLeft, lines, missing, shadow }: RegistrationReadiness): Html {
  const end =
    daysLeft === undefined
      ? 'an Exchange Server, which keeps EWS'
      : daysLeft > 0
        ? `${count(daysLeft, 'day')} left`
        : `EWS ended on ${ewsEndText()}`;
  const permissions = missing.map(
    ({ permission, operations, always }) =>
      html`<li class="${always ? 'bad' : 'warn'}">
        ${always ? '✗' : '!'} The permission ${permission} is missing: for
        ${operations.join(', ')}${always ? '' : ', if programs need it there'}.
      </li>`,
  );
  return html`<section>
    <h2>App registration ${name} <span class="dim">${end}</span></h2>
    <ul class="attention">
      ${lines.map(({ level, text }) => html`<li class="${LEVELS[level]}">${MARKS[level]} ${text}</li>`)} ${permissions}
      ${shadow.map(comparison)}
    </ul>
  </section>`;
}

function comparison(result: ShadowResult): Html {
  const { operation, compared, equal, failed, differences } = result;
  const level = isEqual(result) ? 'ok' : 'warn';
  const properties = differences.map(({ property, kind, times }) => `${property} (${kind}, ${times} ×)`).join(', ');
  return html`<li class="${LEVELS[level]}">
    ${MARKS[level]} ${operation}, compared with EWS: ${equal} of ${count(compared, 'answer')}
    equal${failed === 0 ? '' : `, ${failed} without an answer of Graph`}${properties === '' ? '' : `; ${properties}`}
  </li>`;
}

function callerPart({ username, mailboxes, backend, operations, shadow, verdict }: CallerReadiness): Html {
  const { badge, text } = VERDICTS[verdict];
  return html`<section>
    <h2>${username} <span class="badge ${badge}">${text}</span></h2>
    <p class="dim">${mailboxes.join(', ')} · answered by ${backend}</p>
    ${operations.length === 0 ? undefined : operationTable(operations)}
    ${
      shadow.length === 0
        ? undefined
        : html`<ul class="attention">
            ${shadow.map(comparison)}
          </ul>`
    }
  </section>`;
}

function operationTable(operations: readonly UsedOperation[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th>Operation</th>
        <th class="n">Requests</th>
        <th>Through Graph</th>
      </tr>
    </thead>
    <tbody>
      ${operations.map(
        ({ name, requests, served, note }) =>
          html`<tr>
            <td>${name}</td>
            <td class="n">${requests}</td>
            <td>
              <span class="badge ${SERVED[served].badge}">${SERVED[served].mark}</span>
              ${served === 'no' ? 'not served' : note}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function day(time: string): string {
  return time.slice(0, 10);
}

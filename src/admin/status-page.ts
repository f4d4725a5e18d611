/** The status page, from its model. Everything that came from clients goes through html`` and is escaped. */
import { createHash } from 'node:crypto';
import { count } from '../quantity.ts';
import { ewsEndText } from '../ews-end.ts';
import type { Explanation } from '../diagnosis/explanations.ts';
import type { MailboxTestResult } from '../diagnosis/mailbox-test.ts';
import { VERSION } from '../version.ts';
import { latencyChart, requestChart } from './charts.ts';
import { html, raw, type Html } from './html.ts';
import type { CallerStatus, RegistrationStatus, StatusModel } from './status-model.ts';
import { STYLE } from './style.ts';

export interface PageOptions {
  readonly formToken: string;
  /** The result of a test to show. */
  readonly result: MailboxTestResult | undefined;
  /** Seconds after which the page loads itself again. */
  readonly refresh: number | undefined;
}

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Headers of the page: nothing is loaded, nothing runs, nobody frames it. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

export function statusPage(model: StatusModel, options: PageOptions): string {
  const bad = model.attention.some(({ level }) => level === 'bad');
  const refresh =
    options.refresh === undefined ? undefined : html`<meta http-equiv="refresh" content="${options.refresh}" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${refresh}
        <title>${bad ? '✗' : model.attention.length > 0 ? '!' : '✓'} ews-gateway</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>ews-gateway</h1>
          ${headline(model)}
          <p>Workflows connect to ${model.urls.join(', ')}</p>
        </header>
        <main>
          ${attention(model)} ${options.result === undefined ? undefined : testResult(options.result)}
          <section>
            <h2>App registrations</h2>
            <table class="cards">
              <thead>
                <tr>
                  <th>Registration</th>
                  <th>Token</th>
                  <th>Credential</th>
                  <th>Backend</th>
                  <th>Requests now</th>
                </tr>
              </thead>
              <tbody>
                ${model.registrations.map((registration) => registrationRow(registration, model.now))}
              </tbody>
            </table>
          </section>
          <section>
            <h2>Callers</h2>
            <table class="cards">
              <thead>
                <tr>
                  <th>User name</th>
                  <th>Mailbox</th>
                  <th>State</th>
                  <th>Latest request</th>
                  <th class="n">Requests</th>
                  <th class="n">Failed</th>
                  <th></th>
                </tr>
              </thead>
              <tbody>
                ${model.callers.map((caller) => callerRow(caller, model.now, options.formToken))}
              </tbody>
            </table>
          </section>
          <div class="pair">
            <section>
              <h2>
                Requests <span class="dim">per minute</span><span class="key k1"></span
                ><small class="dim">answered</small><span class="key k2"></span><small class="dim">failed</small>
              </h2>
              ${requestChart(model.hour)}
            </section>
            <section>
              <h2>
                Duration<span class="key k3"></span><small class="dim">median</small><span class="key k4"></span
                ><small class="dim">95 %</small>
              </h2>
              ${latencyChart(model.hour)}
            </section>
          </div>
          <section>
            <h2>Latest requests</h2>
            ${requestTable(model)}
          </section>
        </main>
        <footer>
          ews-gateway ${VERSION} · ${model.configFile} · ${new Date(model.now).toLocaleString()} ·
          <a href="/status?refresh=30">refresh every 30 s</a> · <a href="/status">refresh</a>
        </footer>
      </body>
    </html>`.toString();
}

function headline({ attention }: StatusModel): Html {
  const bad = attention.filter(({ level }) => level === 'bad').length;
  if (bad > 0) return html`<span class="badge bad">✗ ${count(bad, 'problem')}</span>`;
  if (attention.length > 0)
    return html`<span class="badge warn">! works, with ${count(attention.length, 'remark')}</span>`;
  return html`<span class="badge good">✓ all is well</span>`;
}

function attention({ attention: concerns }: StatusModel): Html | undefined {
  if (concerns.length === 0) return undefined;
  return html`<section>
    <h2>To look at</h2>
    <ul class="attention">
      ${concerns.map(({ level, text }) => html`<li class="${level}">${level === 'bad' ? '✗' : '!'} ${text}</li>`)}
    </ul>
  </section>`;
}

function registrationRow(
  { config, tokens, credentialDaysLeft, ewsDaysLeft, running, waiting, cooldowns }: RegistrationStatus,
  now: number,
): Html {
  return html`<tr>
    <td>
      <strong>${config.name}</strong><small>app ${config.clientId}</small><small>tenant ${config.tenantId}</small>
    </td>
    <td data-label="Token">
      ${tokens.map(({ mailbox, expiresAt, problem }) => tokenState(mailbox, expiresAt, problem, now))}${tokens.length === 0 ? html`<span class="dim">none needed yet</span>` : undefined}
    </td>
    <td data-label="Credential">${credentialState(config.credential.kind, credentialDaysLeft)}</td>
    <td data-label="Backend">
      EWS<small>${new URL(config.ewsUrl).host}</small>${ewsDaysLeft === undefined ? undefined : html`<small>${ewsDaysLeft > 0 ? `${count(ewsDaysLeft, 'day')} until EWS ends (${ewsEndText()})` : `EWS ended on ${ewsEndText()}`}</small>`}
    </td>
    <td data-label="Requests now">
      ${running}
      running${waiting === 0 ? undefined : `, ${waiting} waiting`}${[...cooldowns].map(([mailbox, until]) => html`<small>cooldown of ${mailbox} until ${new Date(until).toLocaleTimeString()}</small>`)}
    </td>
  </tr>`;
}

function tokenState(mailbox: string, expiresAt: number | undefined, problem: string | undefined, now: number): Html {
  const whose = mailbox === '' ? undefined : html`<small>${mailbox}</small>`;
  if (expiresAt !== undefined && expiresAt > now)
    return html`<div>
      <span class="badge ${problem === undefined ? 'good' : 'warn'}">valid</span>${whose}<small
        >until ${new Date(expiresAt).toLocaleTimeString()}, renewed before</small
      >
    </div>`;
  if (problem !== undefined)
    return html`<div><span class="badge bad">none</span>${whose}<small>${problem}</small></div>`;
  return html`<div><span class="badge warn">not fetched yet</span>${whose}</div>`;
}

function credentialState(kind: 'secret' | 'certificate' | 'none', daysLeft: number | undefined): Html {
  const name = { secret: 'client secret', certificate: 'certificate', none: 'signed-in mailboxes' }[kind];
  if (kind === 'none') return html`${name}`;
  if (daysLeft === undefined) return html`${name}<small>end unknown: set credential.expires</small>`;
  const level = daysLeft <= 7 ? 'bad' : daysLeft <= 30 ? 'warn' : 'good';
  return html`${name} <span class="badge ${level}">${daysLeft < 0 ? 'ended' : `${count(daysLeft, 'day')} left`}</span>`;
}

function callerRow(caller: CallerStatus, now: number, formToken: string): Html {
  const { username, mailbox, registration, operations, activity, testable } = caller;
  return html`<tr>
    <td><strong>${username}</strong></td>
    <td data-label="Mailbox">${mailbox}<small>${registration} · ${operations}</small></td>
    <td data-label="State">${callerState(caller, formToken)}</td>
    <td data-label="Latest">
      ${activity === undefined ? html`<span class="dim">none since the start</span>` : html`${ago(activity.last.time, now)} <span class="badge ${activity.last.outcome === 'ok' ? 'good' : 'bad'}">${activity.last.outcome}</span><small>${activity.last.operation}</small>`}
    </td>
    <td class="n" data-label="Requests">${activity?.requests ?? 0}</td>
    <td class="n" data-label="Failed">${activity?.errors ?? 0}</td>
    <td>${testable ? form('/status/test', username, 'Test', formToken) : undefined}</td>
  </tr>`;
}

function callerState({ username, state, lockedUntil, enrolmentUntil }: CallerStatus, formToken: string): Html {
  if (lockedUntil !== undefined)
    return html`<span class="badge bad">locked until ${lockedUntil.toLocaleTimeString()}</span>
      ${form('/status/unlock', username, 'Unlock', formToken)}`;
  if (enrolmentUntil !== undefined)
    return html`<span class="badge warn">takes a password over until ${enrolmentUntil.toLocaleTimeString()}</span>`;
  if (state === 'domain') return html`<span class="dim">whole domain</span>`;
  return state === 'password'
    ? html`<span class="badge good">has a password</span>`
    : html`<span class="badge warn">no password yet</span>`;
}

function form(action: string, subject: string, label: string, token: string): Html {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="token" value="${token}" /><input
      type="hidden"
      name="subject"
      value="${subject}"
    /><button aria-label="${label} ${subject}">${label}</button>
  </form>`;
}

function testResult({ username, ok, steps, milliseconds }: MailboxTestResult): Html {
  return html`<section id="test">
    <h2>
      Test of ${username} <span class="badge ${ok ? 'good' : 'bad'}">${ok ? 'passed' : 'failed'}</span>
      <span class="dim">${milliseconds} ms</span>
    </h2>
    <ol class="steps">
      ${steps.map((step) => html`<li><span class="badge ${step.ok ? 'good' : 'bad'}">${step.ok ? '✓' : '✗'} ${step.name}</span> ${step.text}${step.explanation === undefined ? undefined : explanationOf(step.explanation)}</li>`)}
    </ol>
  </section>`;
}

function explanationOf({ side, remedy }: Explanation): Html {
  return html`<p>At fault: <strong>${side}</strong>.</p>
    <pre>${remedy.join('\n')}</pre>`;
}

function requestTable({ requests, now }: StatusModel): Html {
  if (requests.length === 0)
    return html`<p class="dim">None since the start. Point a workflow at the address above, or press Test.</p>`;
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
      ${requests.map(
        ({
          id,
          time,
          source,
          caller,
          mailbox,
          operation,
          outcome,
          milliseconds,
          reason,
          times,
          userAgent,
          explanation,
        }) =>
          html`<tr>
            <td class="when" title="${new Date(time).toISOString()}">
              ${ago(time, now)}${times > 1 ? html` <span class="badge warn">${times} ×</span>` : undefined}
            </td>
            <td data-label="Caller">
              ${caller ?? '(none)'}<small
                >${mailbox !== undefined && mailbox !== caller ? `${mailbox}, ` : ''}from ${source}</small
              >
            </td>
            <td data-label="Operation">${operation ?? '–'}<small>${userAgent}</small></td>
            <td data-label="Outcome">
              <span class="badge ${outcome === 'ok' ? 'good' : outcome === 'CLIENT_GONE' ? 'warn' : 'bad'}"
                >${outcome}</span
              >${reason === undefined ? undefined : html`<small>${reason}</small>`}${
                explanation === undefined
                  ? undefined
                  : html`<details>
                      <summary>what to do</summary>
                      ${explanationOf(explanation)}
                      <p class="dim">request ${id}</p>
                    </details>`
              }
            </td>
            <td class="n" data-label="Duration">
              ${milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function ago(time: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(time).toLocaleString();
}

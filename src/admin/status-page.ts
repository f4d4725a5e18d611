/** The status page, from its model. Everything that came from clients goes through html`` and is escaped. */
import { createHash } from 'node:crypto';
import type { AddedCaller } from '../config/types.ts';
import type { MailboxTestResult } from '../diagnosis/mailbox-test.ts';
import { count } from '../quantity.ts';
import { VERSION } from '../version.ts';
import { addCallerSection, callerSection } from './caller-section.ts';
import { latencyChart, requestChart } from './charts.ts';
import { fleetSection } from './fleet-section.ts';
import { html, raw, type Html } from './html.ts';
import { readinessSection } from './readiness-section.ts';
import { registrationSection } from './registration-section.ts';
import { explanationOf, requestSection } from './request-section.ts';
import { SCRIPT } from './script.ts';
import type { StatusModel } from './status-model.ts';
import { shadowSection } from './shadow-section.ts';
import { STYLE } from './style.ts';
import { serverZone, timeOf, withTimes } from './times.ts';

export interface PageOptions {
  readonly formToken: string;
  /** The result of a test to show. */
  readonly result?: MailboxTestResult | undefined;
  /** Why a form was refused. */
  readonly notice?: string | undefined;
  /** The caller that could not be added, to be corrected. */
  readonly draft?: AddedCaller | undefined;
  /** Seconds after which the page refreshes itself. */
  readonly refresh?: number | undefined;
}

/** Headers of the page: nothing runs but its script, which talks to this address only; nobody frames it. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${hashOf(STYLE)}'`,
    `script-src 'sha256-${hashOf(SCRIPT)}'`,
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

// Not in a template: their hashes are of every byte between the tags.
const STYLE_TAG = raw(`<style>${STYLE}</style>`);
const SCRIPT_TAG = raw(`<script>${SCRIPT}</script>`);

export function statusPage(model: StatusModel, options: PageOptions): string {
  const { refresh, notice, result, formToken, draft } = options;
  const bad = model.attention.some(({ level }) => level === 'bad');
  const mark = bad ? '✗' : model.attention.length > 0 ? '!' : '✓';
  // With the script only parts are loaded again, so that what is open stays open.
  const reload =
    refresh === undefined ? undefined : html`<noscript><meta http-equiv="refresh" content="${refresh}" /></noscript>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${reload}
        <title>${mark} ews-gateway</title>
        ${STYLE_TAG}
      </head>
      <body data-refresh="${refresh}">
        <header>
          <h1>ews-gateway</h1>
          ${headline(model)}
          <p id="stale" class="bad" hidden>Not refreshed: the gateway does not answer.</p>
        </header>
        <main>
          ${notice === undefined ? undefined : html`<section class="bad" role="alert">✗ ${notice}</section>`}
          ${attention(model)} ${result === undefined ? undefined : testResult(result)} ${endpoints(model)}
          ${fleetSection(model)} ${registrationSection(model)} ${callerSection(model, formToken)}
          ${addCallerSection(model, formToken, draft)} ${readinessSection(model)} ${shadowSection(model)}
          ${chartSection(model)} ${requestSection(model)}
        </main>
        ${footer(model)} ${SCRIPT_TAG}
      </body>
    </html>`.toString();
}

function footer({ configFile, now }: StatusModel): Html {
  return html`<footer id="footer" data-live>
    ews-gateway ${VERSION} · ${configFile} · ${timeOf(now, now)} · times in <span class="zone">${serverZone()}</span> ·
    <a href="/status?refresh=30">refresh every 30 s</a> · <a href="/status">refresh</a>
  </footer>`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function endpoints({ endpoints: addresses }: StatusModel): Html {
  return html`<section id="endpoints">
    <h2>Server address <span class="dim">to paste into programs</span></h2>
    ${addresses.map(endpoint)}
  </section>`;
}

function endpoint(address: string): Html {
  const button = html`<button type="button" data-copy hidden>Copy</button>`;
  return html`<p class="address"><code tabindex="0">${address}</code>${button}</p>`;
}

function chartSection({ hour }: StatusModel): Html {
  return html`<div class="pair" id="charts" data-live>
    <section>
      <h2>
        Requests <span class="dim">per minute</span><span class="key k1"></span><small class="dim">answered</small
        ><span class="key k2"></span><small class="dim">failed</small>
      </h2>
      ${requestChart(hour)}
    </section>
    <section>
      <h2>
        Duration<span class="key k3"></span><small class="dim">median</small><span class="key k4"></span
        ><small class="dim">95 %</small>
      </h2>
      ${latencyChart(hour)}
    </section>
  </div>`;
}

function headline({ attention }: StatusModel): Html {
  const bad = attention.filter(({ level }) => level === 'bad').length;
  if (bad > 0) return html`<span id="headline" data-live class="badge bad">✗ ${count(bad, 'problem')}</span>`;
  if (attention.length > 0)
    return html`<span id="headline" data-live class="badge warn"
      >! works, with ${count(attention.length, 'remark')}</span
    >`;
  return html`<span id="headline" data-live class="badge good">✓ all is well</span>`;
}

function attention({ attention: concerns, now }: StatusModel): Html {
  if (concerns.length === 0) return html`<section id="attention" data-live hidden></section>`;
  const items = concerns.map(
    ({ level, text }) => html`<li class="${level}">${level === 'bad' ? '✗' : '!'} ${withTimes(text, now)}</li>`,
  );
  return html`<section id="attention" data-live>
    <h2>Needs attention</h2>
    <ul class="attention">
      ${items}
    </ul>
  </section>`;
}

function testResult({ username, ok, steps, milliseconds }: MailboxTestResult): Html {
  const items = steps.map(({ ok, name, text, explanation }) => {
    const badge = html`<span class="badge ${ok ? 'good' : 'bad'}">${ok ? '✓' : '✗'} ${name}</span>`;
    return html`<li>${badge} ${text}${explanation === undefined ? undefined : explanationOf(explanation)}</li>`;
  });
  return html`<section id="test">
    <h2>
      Test of ${username} <span class="badge ${ok ? 'good' : 'bad'}">${ok ? 'passed' : 'failed'}</span>
      <span class="dim">${milliseconds} ms</span>
    </h2>
    <ol class="steps">
      ${items}
    </ol>
  </section>`;
}

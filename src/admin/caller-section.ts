/** The page's table of callers with their buttons, and the form that adds one. */
import type { AddedCaller } from '../config/types.ts';
import { html, type Html } from './html.ts';
import type { StatusModel } from './status-model.ts';
import type { CallerStatus } from './status.ts';
import { ago, timeOf } from './times.ts';

export function callerSection(model: StatusModel, formToken: string): Html {
  const rows = model.callers.map((caller) => callerRow(caller, model, formToken));
  return html`<section id="callers" data-live>
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
        ${rows}
      </tbody>
    </table>
  </section>`;
}

function callerRow(caller: CallerStatus, model: StatusModel, formToken: string): Html {
  const { username, mailbox, registration, operations, activity, testable, added } = caller;
  const note = added ? html`<small>added on this page</small>` : undefined;
  return html`<tr>
    <td><strong>${username}</strong>${note}</td>
    <td data-label="Mailbox">${mailbox}<small>${registration} · ${operations}</small></td>
    <td data-label="State">${callerState(caller, model, formToken)}</td>
    <td data-label="Latest">${latest(caller, model.now)}</td>
    <td class="n" data-label="Requests">${activity?.requests ?? 0}</td>
    <td class="n" data-label="Failed">${activity?.errors ?? 0}</td>
    <td>${testable ? form('/status/test', username, 'Test', formToken) : undefined}</td>
  </tr>`;
}

function latest({ activity }: CallerStatus, now: number): Html {
  if (activity === undefined) return html`<span class="dim">none since the start</span>`;
  const { time, outcome, operation } = activity.last;
  const badge = html`<span class="badge ${outcome === 'ok' ? 'good' : 'bad'}">${outcome}</span>`;
  return html`${ago(time, now)} ${badge}<small>${operation}</small>`;
}

function callerState(caller: CallerStatus, { now, addedCallers }: StatusModel, formToken: string): Html {
  const { username, state, added, nextCommand } = caller;
  const enrol =
    state === 'no-password' && caller.enrolmentUntil === undefined && caller.lockedUntil === undefined
      ? form('/status/enrol', username, 'Enrol', formToken)
      : undefined;
  const command = nextCommand === undefined ? undefined : html`<small>or run <code>${nextCommand}</code></small>`;
  const replace =
    state === 'password' ? form('/status/enrol', username, 'Learn a new password', formToken, true) : undefined;
  const remove = added ? form('/status/callers/remove', username, 'Remove', formToken) : undefined;
  const more =
    replace === undefined && remove === undefined
      ? undefined
      : html`<details data-key="caller ${username}">
          <summary>change</summary>
          <p>${replace} ${remove}</p>
        </details>`;
  if (!addedCallers.mayChange) return html`${badge(caller, now)}${command}`;
  const unlock = caller.lockedUntil === undefined ? undefined : form('/status/unlock', username, 'Unlock', formToken);
  return html`${badge(caller, now)} ${unlock} ${enrol}${enrol === undefined ? undefined : command}${more}`;
}

function badge({ state, lockedUntil, enrolmentUntil }: CallerStatus, now: number): Html {
  if (lockedUntil !== undefined) return html`<span class="badge bad">locked until ${timeOf(lockedUntil, now)}</span>`;
  if (enrolmentUntil !== undefined)
    return html`<span class="badge warn">enrolment open until ${timeOf(enrolmentUntil, now)}</span>`;
  if (state === 'domain') return html`<span class="dim">whole domain</span>`;
  return state === 'password'
    ? html`<span class="badge good">has a password</span>`
    : html`<span class="badge warn">no password yet</span>`;
}

function form(action: string, username: string, label: string, token: string, replace = false): Html {
  const more = replace ? html`<input type="hidden" name="replace" value="yes" />` : undefined;
  return html`<form method="post" action="${action}">
    <input type="hidden" name="token" value="${token}" />${more}
    <input type="hidden" name="username" value="${username}" />
    <button aria-label="${label} ${username}">${label}</button>
  </form>`;
}

/** @param draft what was sent and refused, to be corrected */
export function addCallerSection(model: StatusModel, formToken: string, draft: AddedCaller | undefined): Html {
  const { mayChange, problem, file } = model.addedCallers;
  if (!mayChange || problem !== undefined) return html`<section id="add" hidden></section>`;
  const registrations = model.registrations.map(({ config: { name } }) => option(name, draft?.registration));
  const operations = ['capture', 'mail'].map((name) => option(name, draft?.operations));
  return html`<section id="add">
    <details data-key="add" ${draft === undefined ? undefined : html`open`}>
      <summary>Add a caller</summary>
      <form class="fields" method="post" action="/status/callers">
        <input type="hidden" name="token" value="${formToken}" />
        <label
          >User name <input name="username" required maxlength="200" value="${draft?.username}" autocomplete="off"
        /></label>
        <label
          >Mailbox, if it is not the user name
          <input name="mailbox" maxlength="200" value="${draft?.mailbox}" autocomplete="off"
        /></label>
        <label
          >Registration
          <select name="registration">
            ${registrations}
          </select></label
        >
        <label
          >Operations
          <select name="operations">
            ${operations}
          </select></label
        >
        <label
          >Further mailboxes it may impersonate, one a line
          <textarea name="mayImpersonate" rows="3">${draft?.mayImpersonate?.join('\n')}</textarea>
        </label>
        <p><button>Add caller</button></p>
      </form>
      <p class="dim">
        It is kept in ${file}${model.fleet === undefined ? '' : ', and so at all gateways of the fleet'}. Its password
        comes by enrolment.
      </p>
    </details>
  </section>`;
}

function option(name: string, selected: string | undefined): Html {
  return name === selected ? html`<option selected>${name}</option>` : html`<option>${name}</option>`;
}

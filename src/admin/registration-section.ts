/** The page's table of app registrations. */
import { ewsEndText } from '../ews-end.ts';
import { count } from '../quantity.ts';
import type { TokenState } from '../tokens/token-set.ts';
import { html, type Html } from './html.ts';
import type { StatusModel } from './status-model.ts';
import type { RegistrationStatus } from './status.ts';
import { timeOf } from './times.ts';

const BACKENDS = { ews: 'EWS', graph: 'Microsoft Graph', auto: 'EWS, then Microsoft Graph' } as const;
const SERVICES = { ews: 'EWS', graph: 'Graph' } as const;

/** Mailboxes of a registration that are listed one by one. */
const MAX_SWITCHES = 50;

export function registrationSection({ registrations, now }: StatusModel): Html {
  return html`<section id="registrations" data-live>
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
        ${registrations.map((registration) => registrationRow(registration, now))}
      </tbody>
    </table>
  </section>`;
}

function registrationRow(registration: RegistrationStatus, now: number): Html {
  const { config, tokens, credentialDaysLeft, backend, running, waiting, cooldowns } = registration;
  const states = tokens.length === 0 ? html`<span class="dim">none needed yet</span>` : undefined;
  const throttled = [...cooldowns].map(
    ([mailbox, until]) => html`<small>cooldown of ${mailbox} until ${timeOf(until, now)}</small>`,
  );
  const address = (backend === 'graph' ? config.graphOrigin : undefined) ?? config.ewsUrl;
  return html`<tr>
    <td>
      <strong>${config.name}</strong><small>app ${config.clientId}</small><small>tenant ${config.tenantId}</small>
    </td>
    <td data-label="Token">${tokens.map((token) => tokenState(token, now))}${states}</td>
    <td data-label="Credential">${credentialState(config.credential.kind, credentialDaysLeft)}</td>
    <td data-label="Backend">
      ${BACKENDS[backend]}<small>${new URL(address).host}</small>${ewsEnd(registration)}${switchList(registration, now)}
    </td>
    <td data-label="Requests now">
      ${running} running${waiting === 0 ? undefined : `, ${waiting} waiting`}${throttled}
    </td>
  </tr>`;
}

function ewsEnd({ ewsDaysLeft }: RegistrationStatus): Html | undefined {
  if (ewsDaysLeft === undefined) return undefined;
  const text =
    ewsDaysLeft > 0 ? `${count(ewsDaysLeft, 'day')} until EWS ends (${ewsEndText()})` : `EWS ended on ${ewsEndText()}`;
  return html`<small>${text}</small>`;
}

/** With auto: the mailboxes that are not simply answered by EWS. */
function switchList({ switches }: RegistrationStatus, now: number): Html | undefined {
  if (switches.length === 0) return undefined;
  const items = switches
    .slice(0, MAX_SWITCHES)
    .map(
      ({ mailbox, service, isSet, since, reason, notice }) =>
        html`<small
          >${mailbox}: ${SERVICES[service]} since
          ${timeOf(since, now)}${isSet ? ', set by command' : `: ${reason}`}${
            notice === undefined ? undefined : `. ${notice}`
          }</small
        >`,
    );
  const more =
    switches.length > MAX_SWITCHES ? html`<small>and ${switches.length - MAX_SWITCHES} more</small>` : undefined;
  return html`<details data-key="switches">
    <summary>${switches.length === 1 ? '1 mailbox' : `${switches.length} mailboxes`} not simply on EWS</summary>
    ${items}${more}
  </details>`;
}

function tokenState({ mailbox, expiresAt, problem }: TokenState, now: number): Html {
  const whose = mailbox === '' ? undefined : html`<small>${mailbox}</small>`;
  if (expiresAt !== undefined && expiresAt > now)
    return html`<div>
      <span class="badge ${problem === undefined ? 'good' : 'warn'}">valid</span>${whose}<small
        >until ${timeOf(expiresAt, now)}, renewed before</small
      >
    </div>`;
  if (problem !== undefined)
    return html`<div><span class="badge bad">none</span>${whose}<small>${problem}</small></div>`;
  return html`<div><span class="badge warn">not fetched yet</span>${whose}</div>`;
}

function credentialState(kind: 'secret' | 'certificate' | 'none', daysLeft: number | undefined): Html {
  const name = { secret: 'client secret', certificate: 'certificate', none: 'signed-in mailboxes' }[kind];
  if (kind === 'none') return html`${name}`;
  if (daysLeft === undefined) return html`${name}<small>expiry unknown: set credential.expires</small>`;
  const level = daysLeft <= 7 ? 'bad' : daysLeft <= 30 ? 'warn' : 'good';
  const text = daysLeft < 0 ? 'expired' : `${count(daysLeft, 'day')} left`;
  return html`${name} <span class="badge ${level}">${text}</span>`;
}

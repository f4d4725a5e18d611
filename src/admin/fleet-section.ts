/** The page's table of the gateways that share their state. */
import type { FleetMember } from '../fleet/roll-call.ts';
import { html, type Html } from './html.ts';
import type { StatusModel } from './status-model.ts';
import { timeOf } from './times.ts';

export function fleetSection({ fleet, now }: StatusModel): Html {
  if (fleet === undefined) return html`<section id="fleet" data-live hidden></section>`;
  const { isJoined, since, members } = fleet;
  return html`<section id="fleet" data-live>
    <h2>
      Fleet <span class="badge ${isJoined ? 'good' : 'warn'}">${isJoined ? '✓ state is shared' : '! alone'}</span>
      <span class="dim">since ${timeOf(since, now)}</span>
    </h2>
    <table class="cards">
      <thead>
        <tr>
          <th>Gateway</th>
          <th>Version</th>
          <th>Seen</th>
        </tr>
      </thead>
      <tbody>
        ${members.map((member) => row(member, fleet.seenAt(member), now))}
      </tbody>
    </table>
  </section>`;
}

function row({ id, host, version, isHere, isOwn }: FleetMember, seenAt: number, now: number): Html {
  return html`<tr>
    <td>
      <span class="badge ${isHere ? 'good' : 'warn'}">${isHere ? '✓' : '!'} ${host}</span
      ><small>${id}${isOwn ? ', this one' : ''}</small>
    </td>
    <td data-label="Version">${version}</td>
    <td data-label="Seen">${timeOf(seenAt, now)}</td>
  </tr>`;
}

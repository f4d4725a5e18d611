/**
 * Whether the gateway could serve requests now: every token that is needed can be obtained. With `backend: auto` one
 * of the two services is enough; what the other one lacks is said, and makes nothing unready.
 */
import type { BackendStatus } from '../backends/backend.ts';
import type { FleetStatus } from '../fleet/fleet.ts';
import { count } from '../quantity.ts';
import type { TokenState } from '../tokens/token-set.ts';
import type { AdministeredRuntime } from './admin-options.ts';

export interface RegistrationReadiness {
  readonly ready: boolean;
  readonly tokenExpiresAt?: string;
  readonly problem?: string;
  /** What does not work, although requests are served. */
  readonly notice?: string;
}

export interface FleetReadiness {
  /** Whether state is shared now; a gateway that goes on alone is ready all the same. */
  readonly joined: boolean;
  readonly problem?: string;
  readonly gateways: readonly {
    readonly host: string;
    readonly version: string;
    readonly running: boolean;
    /** ISO 8601. */
    readonly lastSeen: string;
  }[];
}

export interface Readiness {
  readonly ready: boolean;
  readonly closing: boolean;
  readonly registrations: Readonly<Record<string, RegistrationReadiness>>;
  readonly fleet?: FleetReadiness;
}

export async function readiness(runtime: AdministeredRuntime, closing: boolean): Promise<Readiness> {
  const entries = await Promise.all(
    [...runtime.registrations].map(async ([name, { backends }]): Promise<[string, RegistrationReadiness]> => {
      const tokens = (await Promise.all(backends.map((backend) => backend.ready()))).flat();
      const problems = tokens.flatMap(({ problem, spare }) => (spare === undefined ? (problem ?? []) : []));
      if (problems.length > 0) return [name, { ready: false, problem: problems.join(' ') }];
      const expiries = tokens.flatMap(({ expiresAt }) => expiresAt ?? []);
      const notices = [...noticesOf(tokens), ...backends.flatMap((backend) => blockedIn(backend.status()))];
      return [
        name,
        {
          ready: true,
          ...(expiries.length === 0 ? {} : { tokenExpiresAt: new Date(Math.min(...expiries)).toISOString() }),
          ...(notices.length === 0 ? {} : { notice: notices.join(' ') }),
        },
      ];
    }),
  );
  return {
    ready: !closing && entries.every(([, { ready }]) => ready),
    closing,
    registrations: Object.fromEntries(entries),
    ...(runtime.fleet === undefined ? {} : { fleet: fleetReadiness(runtime.fleet.status()) }),
  };
}

function fleetReadiness(status: FleetStatus): FleetReadiness {
  const { isJoined, problem, members } = status;
  return {
    joined: isJoined,
    ...(problem === undefined ? {} : { problem }),
    gateways: members.map((member) => ({
      host: member.host,
      version: member.version,
      running: member.isHere,
      lastSeen: new Date(status.seenAt(member)).toISOString(),
    })),
  };
}

/** Tokens that are missing, and not needed at the moment. */
function noticesOf(tokens: readonly TokenState[]): string[] {
  return tokens.flatMap(({ problem, spare }) =>
    problem === undefined || spare === undefined ? [] : [`${spare}: ${problem}`],
  );
}

/** Mailboxes that could not go over to Graph, or not yet: as the status page tells of each. */
function blockedIn({ switches = [] }: BackendStatus): string[] {
  const blocked = switches.flatMap(({ mailbox, service, notice }) =>
    service === 'ews' && notice !== undefined ? [`${mailbox}: ${notice}`] : [],
  );
  const [first] = blocked;
  if (first === undefined) return [];
  return [`Microsoft Graph could not take over ${count(blocked.length, 'mailbox', 'mailboxes')}, such as ${first}.`];
}

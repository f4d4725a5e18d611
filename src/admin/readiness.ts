/** Whether the gateway could serve requests now: every token that is needed can be obtained. */
import type { FleetStatus } from '../fleet/fleet.ts';
import type { AdministeredRuntime } from './admin-options.ts';

export interface RegistrationReadiness {
  readonly ready: boolean;
  readonly tokenExpiresAt?: string;
  readonly problem?: string;
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
      const problems = tokens.flatMap(({ problem }) => problem ?? []);
      if (problems.length > 0) return [name, { ready: false, problem: problems.join(' ') }];
      const expiries = tokens.flatMap(({ expiresAt }) => expiresAt ?? []);
      if (expiries.length === 0) return [name, { ready: true }];
      return [name, { ready: true, tokenExpiresAt: new Date(Math.min(...expiries)).toISOString() }];
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

/** For commands that change what gateways share, and end. */
import type { Config } from '../config/types.ts';
import { Fleet } from '../fleet/fleet.ts';
import { trustWith } from '../network/outbound.ts';
import { StateSealer } from '../state/state-sealer.ts';
import type { Shareable } from '../state/sharing.ts';

/**
 * Gives the other gateways what is kept here, and gets what they have.
 *
 * @param name of the table, as the gateways call it
 * @returns why not, undefined where it was done or nothing is shared
 */
export async function shareOnce(config: Config, name: string, table: Shareable): Promise<string | undefined> {
  const { sharedState, outbound, stateKeys } = config;
  if (sharedState === undefined) return undefined;
  const sealer = new StateSealer(stateKeys);
  const fleet = new Fleet({ settings: sharedState, secureContext: trustWith(outbound, sharedState.tls), sealer });
  fleet.share(name)(table);
  try {
    await fleet.start();
    return fleet.isJoined ? undefined : (fleet.status().problem ?? 'it does not answer');
  } finally {
    await fleet.close();
  }
}

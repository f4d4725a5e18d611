/** For commands that change what gateways share, and end. */
import type { Config } from '../config/types.ts';
import type { Shareable } from '../state/sharing.ts';
import { openFleet } from './open-fleet.ts';

/**
 * Gives the other gateways what is kept here, and gets what they have.
 *
 * @param name of the table, as the gateways call it
 * @returns why not, undefined where it was done or nothing is shared
 */
export async function shareOnce(config: Config, name: string, table: Shareable): Promise<string | undefined> {
  const fleet = openFleet(config);
  if (fleet === undefined) return undefined;
  fleet.share(name)(table);
  try {
    await fleet.start();
    return fleet.isJoined ? undefined : (fleet.status().problem ?? 'it does not answer');
  } finally {
    await fleet.close();
  }
}

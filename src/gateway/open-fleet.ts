/** The gateways that a configuration lets share their state. */
import type { Config } from '../config/types.ts';
import { Fleet, type FleetOptions } from '../fleet/fleet.ts';
import { trustWith } from '../network/outbound.ts';
import { StateSealer } from '../state/state-sealer.ts';

/** @returns a fleet that is not joined yet; undefined where nothing is shared */
export function openFleet(
  { sharedState, outbound, stateKeys }: Config,
  listeners: Pick<FleetOptions, 'onChange' | 'onCommand'> = {},
): Fleet | undefined {
  if (sharedState === undefined) return undefined;
  return new Fleet({
    settings: sharedState,
    secureContext: trustWith(outbound, sharedState.tls),
    sealer: new StateSealer(stateKeys),
    ...listeners,
  });
}

/**
 * Connections to hosts of which the configuration has the names and clients choose: they are made directly, and not to
 * where only this machine or its own link is reached, whatever such a name resolves to.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import type { Outbound } from '../config/types.ts';
import { isRoutable } from './addresses.ts';
import { isLoopback } from './hosts.ts';
import { trustOf } from './outbound.ts';

const CONNECT_TIMEOUT = 10_000;

/** @param lookup resolves names; default: as the system does */
export function receiverConnections(outbound: Outbound, lookup: typeof systemLookup = systemLookup): Dispatcher {
  return new Agent({
    connect: { timeout: CONNECT_TIMEOUT, secureContext: trustOf(outbound), lookup: guarded(lookup) },
  });
}

/** Refuses a name that resolves to any address that is not routable. Addresses as such are not looked up. */
function guarded(lookup: typeof systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses: readonly LookupAddress[] = error === null ? found : [];
      const refused = isLoopback(hostname) ? undefined : addresses.find(({ address }) => !isRoutable(address));
      const [first] = addresses;
      if (error !== null) callback(error, []);
      else if (refused !== undefined || first === undefined)
        callback(new Error(`${hostname} resolves to ${refused?.address ?? 'nothing'}, which is not connected to`), []);
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}

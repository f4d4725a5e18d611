/** How many connections clients may hold open: from one address, and altogether. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Config } from '../config/types.ts';
import { networkOf } from '../network/addresses.ts';

export interface Bounds {
  readonly perAddress: number;
  readonly total: number;
}

/** A host picks its own addresses within a /64; IPv4 addresses count one by one. */
const CLIENT_PREFIX = { ipv4: 32, ipv6: 64 } as const;
/** Files for logs, state, secrets and what Node opens itself. */
const OTHER_FILES = 64;
/** Where the system has no limit, or does not tell. */
const NO_LIMIT = 65_536;

/**
 * The bounds of a configuration. Connections to Exchange and Entra are reserved, yet clients get at least a quarter.
 *
 * @param openFiles how many files and connections this process may have open
 */
export function boundsOf({ limits, registrations }: Config, openFiles = openFilesLimit()): Bounds {
  // Each registration has a pool for requests and one for notifications.
  const reserved = registrations.size * 2 * limits.upstreamConnections + OTHER_FILES;
  return {
    perAddress: limits.connectionsPerAddress,
    total: limits.connections ?? Math.max(16, Math.floor(openFiles / 4), openFiles - reserved),
  };
}

/** Node raises the soft limit to the hard one at its start. */
function openFilesLimit(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit === undefined ? NO_LIMIT : Math.min(Number(limit), 1_000_000);
  } catch {
    return NO_LIMIT;
  }
}

/** Counts connections over all listeners of the clients' side. */
export class ConnectionBounds {
  bounds: Bounds;
  readonly #byNetwork = new Map<string, number>();
  #total = 0;

  constructor(bounds: Bounds) {
    this.bounds = bounds;
  }

  /** Counts a connection until it closes. @returns which bound it exceeds, if any */
  enter(socket: Socket): 'address' | 'total' | undefined {
    const network = networkOf(socket.remoteAddress ?? '', CLIENT_PREFIX);
    const count = (this.#byNetwork.get(network) ?? 0) + 1;
    if (this.#total >= this.bounds.total) return 'total';
    if (count > this.bounds.perAddress) return 'address';
    this.#total++;
    this.#byNetwork.set(network, count);
    socket.once('close', () => {
      this.#total--;
      const left = (this.#byNetwork.get(network) ?? 1) - 1;
      if (left === 0) this.#byNetwork.delete(network);
      else this.#byNetwork.set(network, left);
    });
    return undefined;
  }
}

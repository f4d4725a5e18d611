/**
 * Gathers refused sign-ins, so that whoever has no password cannot fill a disk: the first one of a
 * network, name and reason is told at once, further ones once a minute with their number.
 */
import { networkOf } from '../network/addresses.ts';

const INTERVAL = 60_000;
const MAX_GROUPS = 500;

/** One that was refused. */
export interface Refusal {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly requestId: string;
  /** The client's address. */
  readonly source: string;
  /** The name that was tried. */
  readonly caller: string | undefined;
  readonly reason: string | undefined;
}

/** Several refused sign-ins in one line. */
export interface RefusedEntry {
  /** When the last one came: ISO 8601, UTC. */
  readonly time: string;
  readonly requestId: string;
  /** The /24 of an IPv4 address, the /64 of an IPv6 address; `*` for those that are counted together. */
  readonly network: string;
  /** The name that was tried. */
  readonly caller: string | undefined;
  readonly decision: 'refused';
  readonly reason: string | undefined;
  /** Refused since the line before. */
  readonly count: number;
}

/** Of one network, name and reason. */
interface Group {
  last: Refusal;
  readonly network: string;
  readonly caller: string | undefined;
  readonly reason: string | undefined;
  count: number;
}

export class RefusedSignIns<Entry extends Refusal> {
  readonly #write: (entry: Entry | RefusedEntry) => void;
  readonly #maxGroups: number;
  readonly #groups = new Map<string, Group>();
  readonly #timer: NodeJS.Timeout;

  /**
   * @param write gets each entry that becomes a line
   * @param maxGroups networks, names and reasons that are told apart within a minute; all others are counted together
   */
  constructor(write: (entry: Entry | RefusedEntry) => void, maxGroups = MAX_GROUPS) {
    this.#write = write;
    this.#maxGroups = maxGroups;
    this.#timer = setInterval(() => this.tell(), INTERVAL).unref();
  }

  enter(entry: Entry): void {
    const network = networkOf(entry.source, { ipv4: 24, ipv6: 64 });
    const { caller, reason } = entry;
    const key = JSON.stringify([network, caller, reason]);
    const known = this.#groups.get(key);
    if (known !== undefined) {
      known.count++;
      known.last = entry;
    } else if (this.#groups.size < this.#maxGroups) {
      this.#groups.set(key, { last: entry, network, caller, reason, count: 0 });
      this.#write(entry);
    } else {
      const others = this.#groups.get('*') ?? { last: entry, network: '*', caller: undefined, reason, count: 0 };
      others.count++;
      others.last = entry;
      this.#groups.set('*', others);
    }
  }

  /** Writes what was counted, and forgets what did not come again. */
  tell(): void {
    for (const [key, group] of this.#groups) {
      const { last, network, caller, reason, count } = group;
      if (count === 0 || key === '*') this.#groups.delete(key);
      if (count === 0) continue;
      const { time, requestId } = last;
      this.#write({
        time,
        requestId,
        network,
        caller,
        decision: 'refused',
        reason: key === '*' ? undefined : reason,
        count,
      });
      group.count = 0;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.tell();
  }
}

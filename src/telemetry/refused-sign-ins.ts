/**
 * Gathers refused sign-ins, so that whoever has no password cannot fill a disk: the first one of a
 * network, name and reason is told at once, further ones once a minute with their number.
 */
import { isIPv4, isIPv6 } from 'node:net';
import type { AuditEntry } from './audit-entry.ts';

const INTERVAL = 60_000;
/** Networks, names and reasons that are told apart within a minute; all others are counted together. */
const MAX_SUBJECTS = 500;

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

interface Subject {
  last: AuditEntry;
  readonly network: string;
  readonly caller: string | undefined;
  readonly reason: string | undefined;
  count: number;
}

export class RefusedSignIns {
  readonly #write: (entry: AuditEntry | RefusedEntry) => void;
  readonly #subjects = new Map<string, Subject>();
  readonly #timer: NodeJS.Timeout;

  /** @param write gets each entry that becomes a line */
  constructor(write: (entry: AuditEntry | RefusedEntry) => void, interval = INTERVAL) {
    this.#write = write;
    this.#timer = setInterval(() => this.tell(), interval).unref();
  }

  enter(entry: AuditEntry): void {
    const network = networkOf(entry.source);
    const { caller, reason } = entry;
    const key = JSON.stringify([network, caller, reason]);
    const known = this.#subjects.get(key);
    if (known !== undefined) {
      known.count++;
      known.last = entry;
    } else if (this.#subjects.size < MAX_SUBJECTS) {
      this.#subjects.set(key, { last: entry, network, caller, reason, count: 0 });
      this.#write(entry);
    } else {
      const others = this.#subjects.get('*') ?? { last: entry, network: '*', caller: undefined, reason, count: 0 };
      others.count++;
      others.last = entry;
      this.#subjects.set('*', others);
    }
  }

  /** Writes what was counted, and forgets what did not come again. */
  tell(): void {
    for (const [key, subject] of this.#subjects) {
      const { last, network, caller, reason, count } = subject;
      if (count === 0 || key === '*') this.#subjects.delete(key);
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
      subject.count = 0;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.tell();
  }
}

function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '');
  if (isIPv4(plain)) return `${plain.slice(0, plain.lastIndexOf('.'))}.0/24`;
  if (!isIPv6(plain)) return plain;
  // The URL parser writes every address in one way; only `::` is left to be spread out.
  const [before = '', after] = new URL(`http://[${plain.split('%', 1)[0]}]`).hostname.slice(1, -1).split('::');
  const head = before.split(':').filter(Boolean);
  const tail = (after ?? '').split(':').filter(Boolean);
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

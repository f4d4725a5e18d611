/** Which operations callers use, counted from the audit log with its older files. */
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { normalName } from '../../callers/user-name.ts';
import type { AuditSettings } from '../../config/types.ts';
import { KNOWN_OPERATIONS } from '../../ews/operations.ts';

export interface CallerUsage {
  /** As it stands in the log. */
  readonly caller: string;
  readonly mailboxes: ReadonlySet<string>;
  /** Requests by operation. */
  readonly operations: ReadonlyMap<string, number>;
}

export interface Usage {
  /** By the form of user names in which they are compared. */
  readonly callers: ReadonlyMap<string, CallerUsage>;
  /** Times of the first and last request, ISO 8601; undefined where there was none. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly requests: number;
  /** Lines that are no JSON: cut off by a crash or a full disk. */
  readonly unreadable: number;
}

interface Counted {
  readonly caller: string;
  readonly mailboxes: Set<string>;
  readonly operations: Map<string, number>;
}

/** A log of many years may name more; what goes beyond is not counted. */
const MAX_CALLERS = 20_000;
const MAX_MAILBOXES = 1_000;

/** Adds up what has been used; lines come in any order. */
export class UsageCounter {
  readonly #callers = new Map<string, Counted>();
  #from: string | undefined;
  #to: string | undefined;
  #requests = 0;
  #unreadable = 0;

  /** @param line of the audit log; what is no request that the gateway let through is passed over */
  line(line: string): void {
    if (line.trim() === '') return;
    let entry: Readonly<Record<string, unknown>>;
    try {
      entry = JSON.parse(line) as typeof entry;
    } catch {
      this.#unreadable++;
      return;
    }
    const { decision, caller, mailbox, operation, time } = entry;
    if (decision !== 'allowed' && !(decision === 'refused' && entry['reason'] === 'OPERATION_UNSUPPORTED')) return;
    // Autodiscover and documents stand there too.
    if (typeof caller !== 'string' || typeof operation !== 'string' || !KNOWN_OPERATIONS.has(operation)) return;
    this.#requests++;
    if (typeof time === 'string') {
      if (this.#from === undefined || time < this.#from) this.#from = time;
      if (this.#to === undefined || time > this.#to) this.#to = time;
    }
    this.#count(caller, operation, typeof mailbox === 'string' ? mailbox : undefined);
  }

  get usage(): Usage {
    return {
      callers: this.#callers,
      from: this.#from,
      to: this.#to,
      requests: this.#requests,
      unreadable: this.#unreadable,
    };
  }

  #count(caller: string, operation: string, mailbox: string | undefined): void {
    const key = normalName(caller);
    let counted = this.#callers.get(key);
    if (counted === undefined) {
      if (this.#callers.size >= MAX_CALLERS) return;
      counted = { caller, mailboxes: new Set(), operations: new Map() };
      this.#callers.set(key, counted);
    }
    const { mailboxes, operations } = counted;
    operations.set(operation, (operations.get(operation) ?? 0) + 1);
    if (mailbox !== undefined && mailboxes.size < MAX_MAILBOXES) mailboxes.add(mailbox.toLowerCase());
  }
}

/** Reads the log and what was rotated away from it. @throws Error where a file cannot be read */
export async function readUsage({ file, keep }: AuditSettings): Promise<Usage> {
  const counter = new UsageCounter();
  const older = Array.from({ length: keep }, (_, index) => `${file}.${index + 1}`);
  for (const path of [file, ...older]) {
    if (!existsSync(path)) continue;
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }))
      counter.line(line);
  }
  return counter.usage;
}

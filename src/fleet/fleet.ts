/**
 * The gateways that share one Redis: who is there, and what they share. A gateway works the same while Redis is away,
 * with what it holds itself, and joins again without being told.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { SecureContext } from 'node:tls';
import type { SharedStateSettings } from '../config/types.ts';
import { errorText } from '../errors.ts';
import type { Share } from '../state/sharing.ts';
import type { StateSealer } from '../state/state-sealer.ts';
import { RedisAway, RedisLink } from './redis-link.ts';
import { callRoll, leave, type FleetMember } from './roll-call.ts';
import { isMark, SharedMarks, type Mark } from './shared-marks.ts';
import { SharedTable, type Speaker } from './shared-table.ts';
import { GRANTS, SlotLeases } from './slot-leases.ts';

export interface FleetStatus {
  /** Whether this gateway shares its state now; else it goes on alone. */
  readonly isJoined: boolean;
  /** When that began, in milliseconds since the epoch. */
  readonly since: number;
  /** Why it is alone. */
  readonly problem: string | undefined;
  /** As last known, this one first. */
  readonly members: readonly FleetMember[];
  /** When a member was seen last, in milliseconds since the epoch by this machine's clock. */
  readonly seenAt: (member: FleetMember) => number;
}

/** What one gateway can ask of all. */
export type FleetCommand = 'reload';

export interface FleetOptions {
  readonly settings: SharedStateSettings;
  readonly secureContext?: SecureContext | undefined;
  /** With the state key, which all gateways have. */
  readonly sealer: StateSealer;
  /** Called when this gateway has joined, or goes on alone; at the start only where it cannot join. */
  readonly onChange?: (status: FleetStatus) => void;
  /** Called with what another gateway asks of all. */
  readonly onCommand?: (command: FleetCommand, from: string) => void;
}

/** Between two signs of life, and between two attempts to join, in milliseconds. */
const BEAT = 5_000;
const ATTEMPT = 1_000;
/** After so many attempts without an answer the connection is given up. */
const SILENT_ATTEMPTS = 5;
/** How long a start waits for a server that is away, and for one of which nothing is known yet. */
const START_PATIENCE = 1_500;
const LONGEST_START = 5_000;

const CHANNEL = 'events';

export class Fleet {
  readonly id = randomBytes(6).toString('hex');
  readonly leases: SlotLeases;
  readonly #options: FleetOptions;
  readonly #link: RedisLink;
  readonly #speaker: Speaker;
  readonly #tables = new Map<string, SharedTable>();
  readonly #marks = new Map<string, SharedMarks>();
  #isJoined = false;
  #since = Date.now();
  #problem: string | undefined = 'not joined yet';
  #members: readonly FleetMember[] = [];
  #asked = Date.now();
  /** The mark in Redis when this gateway joined: another one means that Redis has forgotten everything. */
  #mark: string | undefined;
  #failures = 0;
  #beating: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** Whether it is known to be alone, not only not joined yet. */
  #isAway = false;
  #hasJoined = false;
  /** Called when it has joined, or cannot. */
  #onFirst: ((isOver: boolean) => void) | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    const { settings, secureContext } = options;
    this.#link = new RedisLink(
      {
        settings,
        secureContext,
        onMessage: (channel, text) => this.#receive(channel, text),
        onReady: () => void this.#beat(),
        onAway: (why) => this.#goAlone(why),
      },
      [CHANNEL, `${GRANTS}${this.id}`],
    );
    this.#speaker = { link: this.#link, channel: CHANNEL, sender: this.id };
    this.leases = new SlotLeases(this.#link, this.id);
  }

  /** Begins to join. Ends when it has, or when that takes longer than a moment: it then goes on by itself. */
  async start(): Promise<void> {
    const first = new Promise<void>((resolve) => {
      let isPatient = true;
      this.#onFirst = (isOver) => {
        if (isOver || !isPatient) resolve();
      };
      setTimeout(() => {
        isPatient = false;
        // On a busy machine it may still be about to join: alone, it would call Graph beside all the others.
        if (this.#isAway) resolve();
      }, START_PATIENCE).unref();
      setTimeout(resolve, LONGEST_START).unref();
    });
    this.#link.open();
    await first;
    if (!this.#isJoined && !this.#closed) this.#options.onChange?.(this.status());
  }

  get isJoined(): boolean {
    return this.#isJoined;
  }

  /** Gateways that run, as last known, with this one. */
  get size(): number {
    return Math.max(1, this.#members.filter(({ isHere }) => isHere).length);
  }

  /**
   * By how many gateways to divide what all may use together, while this one is alone: those that it saw last. Before
   * it has seen any there may be many.
   */
  get sharers(): number {
    return this.#hasJoined ? this.size : Number.POSITIVE_INFINITY;
  }

  /** The connection, for a store of another library. */
  get link(): RedisLink {
    return this.#link;
  }

  status(): FleetStatus {
    const asked = this.#asked;
    return {
      isJoined: this.#isJoined,
      since: this.#since,
      problem: this.#problem,
      members: this.#members,
      seenAt: ({ age }) => asked - age,
    };
  }

  /** Makes a table a shared one, in the place of an earlier one of this name. */
  share(name: string): Share {
    return (table) => {
      const shared = new SharedTable(name, table, this.#speaker, this.#options.sealer);
      this.#tables.set(name, shared);
      return shared;
    };
  }

  /** Marks of one kind. */
  marks(name: string): SharedMarks {
    let marks = this.#marks.get(name);
    if (marks === undefined) this.#marks.set(name, (marks = new SharedMarks(name, this.#speaker)));
    return marks;
  }

  /** Asks something of all other gateways. Those that are away do not hear of it. */
  async tell(command: FleetCommand): Promise<void> {
    const message = JSON.stringify({ sender: this.id, command, host: hostname() });
    await this.#link.ask((client) => client.publish(this.#link.key(CHANNEL), message)).catch(() => undefined);
  }

  /** Leaves: the others need not wait for its signs of life to stop. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.leases.close();
    await leave(this.#link, this.id).catch(() => undefined);
    this.#link.close();
  }

  /** A sign of life, which joins as well. Never rejects. */
  #beat(): Promise<void> {
    this.#beating ??= this.#tryToBeat().finally(() => {
      this.#beating = undefined;
      this.#beatLater();
    });
    return this.#beating;
  }

  #beatLater(): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void this.#beat(), this.#isJoined ? BEAT : ATTEMPT).unref();
  }

  async #tryToBeat(): Promise<void> {
    try {
      const { mark, members } = await callRoll(this.#link, this.id);
      this.#failures = 0;
      this.#members = members;
      this.#asked = Date.now();
      if (this.#isJoined && mark === this.#mark) return;
      // Away until now, or Redis was flushed: everybody brings what is held here.
      for (const shared of [...this.#tables.values(), ...this.#marks.values()]) await shared.join();
      await this.leases.join();
      this.#mark = mark;
      if (this.#closed || this.#isJoined) return;
      this.#isJoined = true;
      this.#since = Date.now();
      this.#problem = undefined;
      this.#isAway = false;
      this.#hasJoined = true;
      this.#options.onChange?.(this.status());
      this.#onFirst?.(true);
    } catch (error) {
      this.#goAlone(reasonOf(error));
      if (++this.#failures % SILENT_ATTEMPTS === 0) this.#link.reopen();
    }
  }

  #goAlone(why: string): void {
    if (this.#closed) return;
    this.#problem = why;
    this.#isAway = true;
    this.#onFirst?.(false);
    if (!this.#isJoined) return;
    this.#isJoined = false;
    this.#since = Date.now();
    this.leases.away();
    this.#options.onChange?.(this.status());
    this.#beatLater();
  }

  /** What cannot be kept comes again with the next join. */
  #receiveEntry(table: string, key: string, record: string): void {
    try {
      this.#tables.get(table)?.receive(key, record);
    } catch (error) {
      this.#goAlone(reasonOf(error));
    }
  }

  #receive(channel: string, text: string): void {
    if (channel !== CHANNEL) {
      this.leases.granted(text);
      return;
    }
    const message = parseMessage(text);
    if (message === undefined || message.sender === this.id) return;
    const { sender, table, key, record, marks, mark, command, host } = message;
    if (table !== undefined && key !== undefined && record !== undefined) this.#receiveEntry(table, key, record);
    else if (marks !== undefined && mark !== undefined) this.#marks.get(marks)?.receive(mark);
    else if (command !== undefined) this.#options.onCommand?.(command, host ?? sender);
  }
}

/** An error as the log has it. */
function reasonOf(error: unknown): string {
  const text = errorText(error);
  return error instanceof RedisAway ? text : `what other gateways have changed cannot be kept (${text})`;
}

interface Message {
  readonly sender: string;
  readonly table?: string;
  readonly key?: string;
  readonly record?: string;
  readonly marks?: string;
  readonly mark?: Mark;
  readonly command?: FleetCommand;
  readonly host?: string;
}

const TEXTS = ['table', 'key', 'record', 'marks', 'host'] as const;

/** Anybody who can write to Redis can send one: undefined for what no gateway sends. */
function parseMessage(text: string): Message | undefined {
  let value: Readonly<Record<string, unknown>> | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || typeof value['sender'] !== 'string') return undefined;
  const { mark, command } = value;
  const isOne =
    TEXTS.every((name) => ['string', 'undefined'].includes(typeof value[name])) &&
    (mark === undefined || isMark(mark)) &&
    (command === undefined || command === 'reload');
  return isOne ? (value as unknown as Message) : undefined;
}

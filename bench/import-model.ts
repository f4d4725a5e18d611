/**
 * A model of many mailboxes whose programs import through a fleet of gateways: what waits for what, without doing any
 * of it. Programs look into their Inbox at intervals, and import mail by mail, one request after the other. A gateway
 * is one processor core, which requests wait for; Graph takes its time.
 */
import { EventQueue } from './event-queue.ts';

export interface ModelOptions {
  readonly gateways: number;
  readonly mailboxes: number;
  /** Between two looks of a program into its Inbox, in seconds. */
  readonly pollSeconds: number;
  /** That come for each mailbox. */
  readonly mailsPerHour: number;
  /** Requests for each mail: GetItem, an attachment or more, UpdateItem, MoveItem. */
  readonly requestsPerMail: number;
  /** Of a gateway for each request, in milliseconds. */
  readonly processorTime: number;
  /** Median of what Graph takes for a call, in milliseconds; one in a hundred takes four times as long. */
  readonly latency: number;
  /** Connections of each gateway to Graph: limits.upstreamConnections. */
  readonly connections: number;
  /** How long is simulated, in seconds, after as long a time to begin. */
  readonly seconds: number;
}

export interface ModelResult {
  readonly requestsPerSecond: number;
  /** Of each gateway's core: 1 is all of it. */
  readonly processorUse: number;
  /** Milliseconds of a request, for the program. */
  readonly median: number;
  readonly p95: number;
  /** Of Graph's limit for the app in ten seconds, at its fullest. */
  readonly appLimitUse: number;
  /** Of Graph's limit for a mailbox in ten minutes, of the busiest mailbox, at the rate that was seen. */
  readonly mailboxLimitUse: number;
  /** Mails that wait at the end, for each mailbox, beyond those that came since its last look. */
  readonly backlog: number;
}

/** @see https://learn.microsoft.com/graph/throttling-limits (global limit; Outlook service limits) */
const APP_LIMIT = { requests: 130_000, seconds: 10 };
const MAILBOX_LIMIT = { requests: 10_000, seconds: 600 };
/** With it the 99th percentile is four times the median. */
const SPREAD = Math.log(4) / 2.326;

class Gateway {
  readonly #events: EventQueue;
  readonly #connections: number;
  readonly #waiting: (() => void)[] = [];
  #coreFreeAt = 0;
  #calls = 0;
  busy = 0;
  /** Requests under way, by which the load balancer chooses. */
  requests = 0;

  constructor(events: EventQueue, connections: number) {
    this.#events = events;
    this.#connections = connections;
  }

  /** Computes for a while, once those before it have. */
  compute(milliseconds: number, then: () => void): void {
    const start = Math.max(this.#coreFreeAt, this.#events.now);
    this.#coreFreeAt = start + milliseconds;
    this.busy += milliseconds;
    this.#events.after(this.#coreFreeAt - this.#events.now, then);
  }

  /** Makes a call that takes a while, once a connection is free. */
  call(milliseconds: number, then: () => void): void {
    const begin = (): void => {
      this.#calls++;
      this.#events.after(milliseconds, () => {
        this.#calls--;
        this.#waiting.shift()?.();
        then();
      });
    };
    if (this.#calls < this.#connections) begin();
    else this.#waiting.push(begin);
  }
}

/** @param random numbers from 0 to 1, so that a run can be repeated */
export function simulateImports(options: ModelOptions, random: () => number): ModelResult {
  const events = new EventQueue();
  const gateways = Array.from({ length: options.gateways }, () => new Gateway(events, options.connections));
  const [begin, end] = [options.seconds * 1000, options.seconds * 2000];
  const durations: number[] = [];
  const callsByWindow = new Map<number, number>();
  const callsByMailbox = new Float64Array(options.mailboxes);
  const isMeasured = (): boolean => events.now >= begin;
  let backlog = 0;

  const request = (mailbox: number, then: () => void): void => {
    const gateway = gateways.reduce((a, b) => (b.requests < a.requests ? b : a));
    const started = events.now;
    gateway.requests++;
    gateway.compute(options.processorTime / 2, () => {
      const window = Math.floor(events.now / (APP_LIMIT.seconds * 1000));
      callsByWindow.set(window, (callsByWindow.get(window) ?? 0) + 1);
      if (isMeasured()) callsByMailbox[mailbox] = (callsByMailbox[mailbox] ?? 0) + 1;
      gateway.call(options.latency * Math.exp(SPREAD * normal(random)), () =>
        gateway.compute(options.processorTime / 2, () => {
          gateway.requests--;
          if (isMeasured()) durations.push(events.now - started);
          then();
        }),
      );
    });
  };

  const program = (mailbox: number): void => {
    let lastLook = events.now;
    const look = (): void => {
      const since = events.now - lastLook;
      lastLook = events.now;
      request(mailbox, () => {
        const mails = poisson((options.mailsPerHour * since) / 3_600_000, random);
        importNext(mails * options.requestsPerMail);
      });
    };
    const importNext = (left: number): void => {
      if (left > 0) request(mailbox, () => importNext(left - 1));
      // Programs look again at their interval, or at once if they are behind it.
      else events.after(Math.max(0, lastLook + options.pollSeconds * 1000 - events.now), look);
    };
    events.after(random() * options.pollSeconds * 1000, look);
    events.after(end - 1, () => {
      backlog += Math.max(0, events.now - lastLook - options.pollSeconds * 1000) * (options.mailsPerHour / 3_600_000);
    });
  };
  for (let mailbox = 0; mailbox < options.mailboxes; mailbox++) program(mailbox);
  events.runUntil(begin);
  for (const gateway of gateways) gateway.busy = 0;
  events.runUntil(end);

  durations.sort((a, b) => a - b);
  const most = callsByMailbox.reduce((a, b) => Math.max(a, b), 0);
  return {
    requestsPerSecond: durations.length / options.seconds,
    processorUse: Math.min(1, gateways.reduce((sum, { busy }) => sum + busy, 0) / gateways.length / (end - begin)),
    median: durations[Math.floor(durations.length * 0.5)] ?? 0,
    p95: durations[Math.floor(durations.length * 0.95)] ?? 0,
    appLimitUse: Math.max(0, ...callsByWindow.values()) / APP_LIMIT.requests,
    mailboxLimitUse: (most / options.seconds / MAILBOX_LIMIT.requests) * MAILBOX_LIMIT.seconds,
    backlog: backlog / options.mailboxes,
  };
}

/** A number of the standard normal distribution (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function poisson(mean: number, random: () => number): number {
  let [count, product] = [0, random()];
  for (const limit = Math.exp(-mean); product > limit; count++) product *= random();
  return count;
}

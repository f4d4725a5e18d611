/**
 * One connection to a Redis or Valkey server, which may be away at any time: nothing waits for it longer than
 * `timeoutMilliseconds`, and nothing is queued for it while it is away.
 *
 * The client library is loaded when a connection is opened: most gateways share nothing.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP3: messages come on the same connection)
 */
import { createHash } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { RedisClientType } from '@redis/client';
import type { SharedStateSettings } from '../config/types.ts';
import { reasonOf, RedisLocator } from './redis-locator.ts';

/** The server did not answer in time, or there is no connection to it. */
export class RedisAway extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RedisAway';
  }
}

/** A program that the server runs as one step. Its keys are given without the prefix. */
export interface Script {
  readonly text: string;
  readonly sha1: string;
}

export function script(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/** For scripts: the server's own clock as `now`, in milliseconds, so that those of the gateways may differ. */
export const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** What a script may answer here. */
export type Reply = number | string | null | readonly Reply[];

export interface RedisLinkOptions {
  readonly settings: SharedStateSettings;
  /** For rediss://: whom to trust, and the certificate of its own where the server asks for one. */
  readonly secureContext?: SecureContext | undefined;
  /** Called with each message of the channels that were subscribed to. */
  readonly onMessage: (channel: string, text: string) => void;
  /** Called when there is a connection, with its subscriptions. */
  readonly onReady?: () => void;
  /** Called when there is no connection any more, or an answer has come too late. */
  readonly onAway: (why: string) => void;
}

const CONNECT_TIMEOUT = 5_000;
const FIRST_RECONNECT_DELAY = 50;
const LONGEST_RECONNECT_DELAY = 2_000;
/** Before the next try, where a server says that it is not the one to ask: another one is being made that. */
const WRONG_SERVER_DELAY = 500;
/** Commands that may be under way at a time. */
const MAX_COMMANDS = 10_000;
/**
 * What a server says that is not, or not any more, the one that holds the keys. In scripts of Redis 6 it stands within
 * the text.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#moved-redirection
 */
const WRONG_SERVER = /\b(?:READONLY|MOVED|ASK|CLUSTERDOWN|MASTERDOWN|NOREPLICAS)\b/;

export class RedisLink {
  readonly #options: RedisLinkOptions;
  readonly #channels: readonly string[];
  readonly #locator: RedisLocator;
  #client: RedisClientType | undefined;
  /** Why there is no connection. */
  #problem = 'there is no connection to it';
  /** Attempts since there was a connection. */
  #retries = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Of the attempt that counts: what comes of those before it is dropped. */
  #attempt = 0;
  #closed = false;

  /** @param channels without prefix; they are subscribed to again after each connect */
  constructor(options: RedisLinkOptions, channels: readonly string[] = []) {
    this.#options = options;
    this.#channels = channels;
    this.#locator = new RedisLocator(options.settings, options.secureContext);
  }

  /** Begins to connect, again and again until there is a connection. */
  open(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const attempt = ++this.#attempt;
    this.#connect(attempt).catch((error: unknown) => this.#failed(attempt, error));
  }

  /** Gives up a connection on which nothing comes any more, and opens another. */
  reopen(delay = 0): void {
    this.#drop();
    this.#openAfter(delay);
  }

  async #connect(attempt: number): Promise<void> {
    const url = await this.#locator.locate();
    const client = await newClient(url, this.#options.settings, this.#options.secureContext);
    if (attempt !== this.#attempt || this.#closed) return;
    this.#client = client;
    const place = this.#options.settings.servers.kind === 'server' ? undefined : new URL(url).host;
    const failed = (error: unknown): void => this.#failed(attempt, error, place);
    client.on('error', failed);
    client.on('ready', () => {
      this.#retries = 0;
      for (const channel of this.#channels)
        client.subscribe(this.key(channel), (text) => this.#options.onMessage(channel, text)).catch(() => undefined);
      // Behind the subscriptions on the same connection, so that no message is missed.
      this.#options.onReady?.();
    });
    await client.connect().catch(failed);
  }

  /** There is no connection, or none any more. @param place of a server that others have named */
  #failed(attempt: number, error: unknown, place?: string): void {
    if (attempt !== this.#attempt || this.#closed) return;
    this.#drop();
    this.#openAfter(Math.min(FIRST_RECONNECT_DELAY * 2 ** Math.min(this.#retries++, 10), LONGEST_RECONNECT_DELAY));
    this.#problem = place === undefined ? reasonOf(error) : `${place}: ${reasonOf(error)}`;
    this.#options.onAway(this.#problem);
  }

  #drop(): void {
    this.#attempt++;
    this.#client?.destroy();
    this.#client = undefined;
  }

  #openAfter(delay: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => this.open(), delay);
  }

  key(name: string): string {
    return `${this.#options.settings.prefix}${name}`;
  }

  /**
   * @param work what to ask
   * @param onLate called with an answer that came too late
   * @throws RedisAway where there is no connection, or no answer in time
   */
  async ask<T>(work: (client: RedisClientType) => Promise<T>, onLate?: (value: T) => void): Promise<T> {
    const client = this.#client;
    if (client?.isReady !== true) throw new RedisAway(this.#problem);
    const { timeoutMilliseconds } = this.#options.settings;
    const answer = work(client);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const why = `it did not answer within ${timeoutMilliseconds} ms`;
        if (onLate !== undefined) answer.then(onLate, () => undefined);
        reject(new RedisAway(why));
        this.#options.onAway(why);
      }, timeoutMilliseconds);
    });
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      if (error instanceof RedisAway) throw error;
      const why = reasonOf(error);
      if (WRONG_SERVER.test(why) && client === this.#client) {
        this.reopen(WRONG_SERVER_DELAY);
        this.#problem = why;
        this.#options.onAway(why);
      }
      throw new RedisAway(why, { cause: error });
    } finally {
      clearTimeout(timer);
      answer.catch(() => undefined);
    }
  }

  /** Runs a script. @throws as {@link ask} */
  run(
    { text, sha1 }: Script,
    keys: readonly string[],
    values: readonly (string | number)[],
    onLate?: (reply: Reply) => void,
  ): Promise<Reply> {
    const parameters = { keys: keys.map((key) => this.key(key)), arguments: values.map(String) };
    return this.ask(async (client) => {
      try {
        return (await client.evalSha(sha1, parameters)) as Reply;
      } catch (error) {
        // It has not seen the script yet, or has been restarted since.
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return (await client.eval(text, parameters)) as Reply;
      }
    }, onLate);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#drop();
  }
}

async function newClient(
  url: string,
  { username, password }: SharedStateSettings,
  secureContext: SecureContext | undefined,
): Promise<RedisClientType> {
  const { createClient } = await import('@redis/client');
  // The next connection may be to another server: it is made here, not by the library.
  const socket = { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy: false } as const;
  return createClient({
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    socket: url.startsWith('rediss:') ? { ...socket, tls: true, secureContext } : socket,
    RESP: 3,
    // What waits for a server that is away would be carried out when nobody wants it any more.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_COMMANDS,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  }) as unknown as RedisClientType;
}

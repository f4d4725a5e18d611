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
const LONGEST_RECONNECT_DELAY = 2_000;
/** Commands that may be under way at a time. */
const MAX_COMMANDS = 10_000;

export class RedisLink {
  readonly #options: RedisLinkOptions;
  readonly #channels: readonly string[];
  #client: RedisClientType | undefined;
  /** Why there is no connection. */
  #problem = 'there is no connection to it';
  #closed = false;

  /** @param channels without prefix; they are subscribed to again after each connect */
  constructor(options: RedisLinkOptions, channels: readonly string[] = []) {
    this.#options = options;
    this.#channels = channels;
  }

  /** Begins to connect, again and again until there is a connection. Never rejects. */
  async open(): Promise<void> {
    const { settings, secureContext, onMessage, onReady, onAway } = this.#options;
    const { url, username, password } = settings;
    const { createClient } = await import('@redis/client');
    if (this.#closed) return;
    const reconnectStrategy = (retries: number): number =>
      Math.min(50 * 2 ** Math.min(retries, 10), LONGEST_RECONNECT_DELAY);
    const common = { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy };
    const client = createClient({
      url,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      socket: url.startsWith('rediss:') ? { ...common, tls: true, secureContext } : common,
      RESP: 3,
      // What waits for a server that is away would be carried out when nobody wants it any more.
      disableOfflineQueue: true,
      commandsQueueMaxLength: MAX_COMMANDS,
      disableClientInfo: true,
      maintNotifications: 'disabled',
    }) as unknown as RedisClientType;
    this.#client = client;
    const fail = (error: unknown): void => {
      this.#problem = reasonOf(error);
      onAway(this.#problem);
    };
    client.on('error', fail);
    client.on('ready', () => {
      for (const channel of this.#channels)
        client.subscribe(this.key(channel), (text) => onMessage(channel, text)).catch(() => undefined);
      // Behind the subscriptions on the same connection, so that no message is missed.
      onReady?.();
    });
    client.connect().catch(fail);
  }

  /** Gives up a connection on which nothing comes any more, and opens another. */
  reopen(): void {
    this.#client?.destroy();
    this.#client = undefined;
    void this.open();
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
      throw new RedisAway(reasonOf(error), { cause: error });
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
    this.#client?.destroy();
    this.#client = undefined;
  }
}

/** Its own words, which hold no secret: the library puts none into its errors. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}

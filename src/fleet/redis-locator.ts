/**
 * Finds the server that holds the keys: where it is configured, where Sentinels say that the master is, or where a
 * Cluster says that the keys' slot is. It is asked before each connection, so that a connection that breaks, or a
 * server that says it is not the one, leads to the next one.
 *
 * The library's own clients for Sentinel and Cluster are not used: they repeat commands by themselves, which nobody
 * waits for here, and have messages on another connection than answers. Two questions are all that is needed.
 *
 * @see https://redis.io/docs/latest/develop/reference/sentinel-clients/
 * @see https://redis.io/docs/latest/commands/cluster-slots/
 */
import type { SecureContext } from 'node:tls';
import type { RedisClientType } from '@redis/client';
import type { RedisServers, SharedStateSettings } from '../config/types.ts';

/** How long one of those who know may take, to connect and to answer each, in milliseconds. */
const PATIENCE = 1_000;

type Asked = Exclude<RedisServers, { readonly kind: 'server' }>;
type Place = readonly [host: string, port: number];

export class RedisLocator {
  readonly #settings: SharedStateSettings;
  readonly #secureContext: SecureContext | undefined;
  /** Another one is asked first each time: one of them may be behind the others. */
  #first = 0;

  constructor(settings: SharedStateSettings, secureContext: SecureContext | undefined) {
    this.#settings = settings;
    this.#secureContext = secureContext;
  }

  /** @returns redis://host:port or rediss://host:port @throws Error saying why nobody knows */
  async locate(): Promise<string> {
    const { servers } = this.#settings;
    if (servers.kind === 'server') return servers.url;
    const { urls } = servers;
    const first = this.#first++;
    const problems: string[] = [];
    for (let index = 0; index < urls.length; index++) {
      const url = new URL(urls[(first + index) % urls.length] ?? '');
      try {
        const [host, port] = await this.#ask(url, servers);
        // Where a node does not know what others call it, it is what it was called here.
        const name = host === '' ? url.hostname : host.includes(':') ? `[${host}]` : host;
        return `${url.protocol}//${name}:${port}`;
      } catch (error) {
        problems.push(`${url.host}: ${reasonOf(error)}`);
      }
    }
    throw new Error(problems.join('; '));
  }

  async #ask(url: URL, servers: Asked): Promise<Place> {
    const { createClient } = await import('@redis/client');
    const { username, password } = servers.kind === 'sentinel' ? servers : this.#settings;
    const socket = { connectTimeout: PATIENCE, reconnectStrategy: false } as const;
    const client = createClient({
      url: url.href,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      socket: url.protocol === 'rediss:' ? { ...socket, tls: true, secureContext: this.#secureContext } : socket,
      RESP: 2,
      disableClientInfo: true,
      maintNotifications: 'disabled',
    }) as unknown as RedisClientType;
    // They come as rejections too.
    client.on('error', () => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not answer within ${2 * PATIENCE} ms`)), 2 * PATIENCE);
    });
    const answer = (async () => {
      await client.connect();
      return servers.kind === 'sentinel' ? masterOf(client, servers.master) : nodeOf(client, this.#settings.prefix);
    })();
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
      answer.catch(() => undefined);
      client.destroy();
    }
  }
}

/** Where a Sentinel believes the master to be. */
async function masterOf(client: RedisClientType, name: string): Promise<Place> {
  const reply = (await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name])) as unknown;
  if (!Array.isArray(reply)) throw new Error(`it knows no master called ${name}`);
  return [String(reply[0]), Number(reply[1])];
}

/** Where a node of a Cluster believes the slot of a key to be. */
async function nodeOf(client: RedisClientType, key: string): Promise<Place> {
  const slot = await client.clusterKeySlot(key);
  const range = (await client.clusterSlots()).find(({ from, to }) => from <= slot && slot <= to);
  if (range === undefined) throw new Error(`no node holds slot ${slot}, which is that of ${key}`);
  const { host, port } = range.master;
  // By cluster-preferred-endpoint-type: null for an unknown endpoint, ? for a host name that is not set.
  return [(host as string | null) === null || host === '?' ? '' : host, port];
}

/** An error's own words, which hold no secret: the library puts none into its errors. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}

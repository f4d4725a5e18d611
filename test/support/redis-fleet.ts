/** Several real processes of redis-server that are one: watched by Sentinels, or a Cluster. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { eventuallySo } from './eventually.ts';
import { freePort } from './free-port.ts';
import { redisProcess, startRedis, startTlsRedis, type RedisServer } from './redis.ts';
import type { RedisTls } from './redis-tls.ts';

/** The password of everything that starts here. */
export const PASSWORD = 'PLANTED-redis';
const SECRET = ['--requirepass', PASSWORD, '--masterauth', PASSWORD];
const WITH_SECRET = ['-a', PASSWORD, '--no-auth-warning'];
/** Servers use TLS with each other, and Sentinels with all of them. */
const TLS_REPLICATION = ['--tls-replication', 'yes'];
/** What Sentinels call the master. */
export const MASTER = 'mymaster';

export interface Sentinels {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
}

/** A master, its replica, and three Sentinels that agree on both. @param tls by which all of them speak */
export async function startSentinels(t: Test, tls?: RedisTls): Promise<Sentinels> {
  const start = (...settings: string[]): Promise<RedisServer> =>
    tls === undefined
      ? startRedis(t, ...SECRET, ...settings)
      : startTlsRedis(t, tls, ...SECRET, ...TLS_REPLICATION, '--replica-announce-ip', 'localhost', ...settings);
  const master = await start();
  const replica = await start('--replicaof', master.peer.join(' '), '--repl-diskless-sync-delay', '0');
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-sentinels-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const sentinels: RedisServer[] = [];
  while (sentinels.length < 3) {
    const file = join(folder, `sentinel-${sentinels.length}.conf`);
    const lines = [
      ...(tls === undefined ? [] : ['resolve-hostnames yes', 'announce-hostnames yes']),
      `monitor ${MASTER} ${master.peer.join(' ')} 2`,
      `down-after-milliseconds ${MASTER} 500`,
      `failover-timeout ${MASTER} 2000`,
      `auth-pass ${MASTER} ${PASSWORD}`,
    ];
    writeFileSync(file, lines.map((line) => `sentinel ${line}\n`).join(''));
    const settings = tls === undefined ? [] : TLS_REPLICATION;
    sentinels.push(await redisProcess(t, { first: [file, '--sentinel'], settings, tls: tls?.settings }));
  }
  const seen = (): boolean =>
    sentinels.every((sentinel) => {
      const known = sentinel.command('SENTINEL', 'MASTER', MASTER).split('\n');
      const of = (field: string): string | undefined => known[known.indexOf(field) + 1];
      return of('num-slaves') === '1' && of('num-other-sentinels') === '2';
    });
  const isLinked = (): boolean =>
    replica.command(...WITH_SECRET, 'INFO', 'replication').includes('master_link_status:up');
  await eventuallySo(async () => isLinked() && seen());
  return { master, replica, sentinels };
}

export interface Cluster {
  readonly nodes: readonly RedisServer[];
  /** Of the node that holds the slot of a key. */
  readonly nodeOf: (key: string) => RedisServer;
  /** Gives the slot of a key, which holds nothing, to another node. */
  readonly move: (key: string, to: RedisServer) => Promise<void>;
  /** A replica for a node, which takes over when that dies. */
  readonly addReplica: (of: RedisServer) => Promise<RedisServer>;
}

/** Nodes use TLS with each other, and give clients their TLS ports and their names. */
const TLS_CLUSTER = [
  ...TLS_REPLICATION,
  '--tls-cluster',
  'yes',
  '--cluster-announce-hostname',
  'localhost',
  '--cluster-preferred-endpoint-type',
  'hostname',
];
const CLUSTER = [...SECRET, '--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'];
const SLOTS = 16_384;

/** A Cluster of three nodes. @param tls by which all of them speak */
export async function startCluster(t: Test, tls?: RedisTls): Promise<Cluster> {
  const busPorts = new Map<RedisServer, number>();
  const start = async (): Promise<RedisServer> => {
    // Else it is 10,000 above the other one, and there may be no such port.
    const busPort = await freePort();
    const settings = [...CLUSTER, '--cluster-port', String(busPort)];
    const node = await (tls === undefined
      ? startRedis(t, ...settings)
      : startTlsRedis(t, tls, ...settings, ...TLS_CLUSTER));
    busPorts.set(node, busPort);
    return node;
  };
  const meet = (node: RedisServer, other: RedisServer): string =>
    ask(node, 'CLUSTER', 'MEET', '127.0.0.1', String(other.peer[1]), String(busPorts.get(other)));
  const nodes = [await start(), await start(), await start()];
  const ask = (node: RedisServer, ...words: string[]): string => node.command(...WITH_SECRET, ...words);
  const [first] = nodes as [RedisServer];
  const firstOf = (index: number): number => Math.floor((index * SLOTS) / nodes.length);
  for (const [index, node] of nodes.entries()) {
    ask(node, 'CLUSTER', 'ADDSLOTSRANGE', String(firstOf(index)), String(firstOf(index + 1) - 1));
    ask(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    if (index > 0) meet(node, first);
  }
  const isWhole = (count: number): boolean =>
    nodes.every((node) => {
      const info = ask(node, 'CLUSTER', 'INFO');
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}`);
    });
  await eventuallySo(async () => isWhole(3));
  const idOf = (node: RedisServer): string => ask(node, 'CLUSTER', 'MYID');
  const holderOf = (key: string): RedisServer | undefined =>
    nodes.find((node) => !/^(?:MOVED|CLUSTERDOWN)/.test(ask(node, 'GET', key)));
  return {
    nodes,
    nodeOf: (key) => {
      const holder = holderOf(key);
      if (holder === undefined) throw new Error(`no node holds the slot of ${key}`);
      return holder;
    },
    move: async (key, to) => {
      const slot = ask(first, 'CLUSTER', 'KEYSLOT', key);
      // Only who imports a slot gets a newer word on it than who has had it.
      ask(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', idOf(holderOf(key) ?? to));
      for (const node of [to, ...nodes]) ask(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', idOf(to));
      await eventuallySo(async () => holderOf(key) === to);
    },
    addReplica: async (of) => {
      const replica = await start();
      meet(replica, of);
      await eventuallySo(async () => isWhole(4) && ask(replica, 'CLUSTER', 'NODES').includes(idOf(of)));
      ask(replica, 'CLUSTER', 'REPLICATE', idOf(of));
      await eventuallySo(async () => ask(replica, 'INFO', 'replication').includes('master_link_status:up'));
      return replica;
    },
  };
}

/** Several real processes of redis-server that are one: watched by Sentinels, or a Cluster. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { eventuallySo } from './eventually.ts';
import { freePort } from './free-port.ts';
import { redisProcess, startRedis, type RedisServer } from './redis.ts';

/** The password of everything that starts here. */
export const PASSWORD = 'PLANTED-redis';
const SECRET = ['--requirepass', PASSWORD, '--masterauth', PASSWORD];
const WITH_SECRET = ['-a', PASSWORD, '--no-auth-warning'];
/** What Sentinels call the master. */
export const MASTER = 'mymaster';

export interface Sentinels {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
}

/** A master, its replica, and three Sentinels that agree on both. */
export async function startSentinels(t: Test): Promise<Sentinels> {
  const master = await startRedis(t, ...SECRET);
  const replica = await startRedis(
    t,
    ...SECRET,
    '--replicaof',
    `127.0.0.1 ${master.port}`,
    '--repl-diskless-sync-delay',
    '0',
  );
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-sentinels-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const sentinels: RedisServer[] = [];
  while (sentinels.length < 3) {
    const file = join(folder, `sentinel-${sentinels.length}.conf`);
    const lines = [
      `monitor ${MASTER} 127.0.0.1 ${master.port} 2`,
      `down-after-milliseconds ${MASTER} 500`,
      `failover-timeout ${MASTER} 2000`,
      `auth-pass ${MASTER} ${PASSWORD}`,
    ];
    writeFileSync(file, lines.map((line) => `sentinel ${line}\n`).join(''));
    sentinels.push(await redisProcess(t, await freePort(), [], [file, '--sentinel']));
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

const CLUSTER = [...SECRET, '--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'];
const SLOTS = 16_384;

/** A Cluster of three nodes. */
export async function startCluster(t: Test): Promise<Cluster> {
  const nodes = [await startRedis(t, ...CLUSTER), await startRedis(t, ...CLUSTER), await startRedis(t, ...CLUSTER)];
  const ask = (node: RedisServer, ...words: string[]): string => node.command(...WITH_SECRET, ...words);
  const [first] = nodes as [RedisServer];
  const firstOf = (index: number): number => Math.floor((index * SLOTS) / nodes.length);
  for (const [index, node] of nodes.entries()) {
    ask(node, 'CLUSTER', 'ADDSLOTSRANGE', String(firstOf(index)), String(firstOf(index + 1) - 1));
    ask(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    if (index > 0) ask(node, 'CLUSTER', 'MEET', '127.0.0.1', String(first.port));
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
      const replica = await startRedis(t, ...CLUSTER);
      ask(replica, 'CLUSTER', 'MEET', '127.0.0.1', String(of.port));
      await eventuallySo(async () => isWhole(4) && ask(replica, 'CLUSTER', 'NODES').includes(idOf(of)));
      ask(replica, 'CLUSTER', 'REPLICATE', idOf(of));
      await eventuallySo(async () => ask(replica, 'INFO', 'replication').includes('master_link_status:up'));
      return replica;
    },
  };
}

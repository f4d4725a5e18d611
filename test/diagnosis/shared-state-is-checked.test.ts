import t from 'tap';
import { checkSharedState } from '../../src/diagnosis/checks/shared-state.ts';
import type { Config, RedisServers } from '../../src/config/types.ts';
import { freePort } from '../support/free-port.ts';
import { startRedis, WITHOUT_REDIS } from '../support/redis.ts';

function withShared(url: string | RedisServers, password: string | undefined): Config {
  const sharedState = {
    servers: typeof url === 'string' ? { kind: 'server', url } : url,
    username: undefined,
    password,
    tls: undefined,
    prefix: 'x:',
    timeoutMilliseconds: 5_000,
  };
  return { sharedState, outbound: { caCertificates: [], proxy: undefined } } as unknown as Config;
}

t.test('a server that can be used', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis', '--maxmemory-policy', 'allkeys-lru');
  t.match(await checkSharedState(withShared(redis.url, 'PLANTED-redis')), [
    { level: 'ok', text: /answers within \d+ ms/ },
    { level: 'warn', text: /maxmemory-policy is allkeys-lru/ },
  ]);
  const [refused] = await checkSharedState(withShared(redis.url, 'PLANTED-wrong'));
  t.match(refused, { level: 'bad', text: /WRONGPASS/ });
  t.notMatch(refused?.text, /PLANTED/);
});

t.test('none', async (t) => {
  const [line] = await checkSharedState(withShared(`redis://127.0.0.1:${await freePort()}`, undefined));
  t.match(line, { level: 'bad', text: /ECONNREFUSED/ });
});

t.test('where Sentinels and nodes of a Cluster are asked, they are named', async (t) => {
  const urls = [`redis://127.0.0.1:${await freePort()}`];
  const sentinels: RedisServers = { kind: 'sentinel', urls, master: 'm', username: undefined, password: undefined };
  const [asked, nodes] = await Promise.all([
    checkSharedState(withShared(sentinels, undefined)),
    checkSharedState(withShared({ kind: 'cluster', urls }, undefined)),
  ]);
  t.match(asked, [{ level: 'bad', text: /^m of the Sentinels 127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED/ }]);
  t.match(nodes, [{ level: 'bad', text: /^The Cluster of 127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED/ }]);
});

t.test('nothing is said where nothing is shared', async (t) => {
  t.same(await checkSharedState({ sharedState: undefined } as Config), []);
});

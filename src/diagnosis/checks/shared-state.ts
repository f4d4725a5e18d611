/** Whether the server of sharedState can be reached, is quick enough, and keeps what it is given. */
import type { Config, RedisServers } from '../../config/types.ts';
import { errorText } from '../../errors.ts';
import { RedisLink } from '../../fleet/redis-link.ts';
import { trustWith } from '../../network/outbound.ts';
import { bad, ok, warn, type CheckLine } from '../check-line.ts';

const AREA = 'shared state';
/** How long an answer is waited for, in milliseconds. */
const PATIENCE = 6_000;
/** Failed tries before it is said that none succeeds: a server that restarts refuses some. */
const TRIES = 4;
/** ZADD GT and ZRANGE BYSCORE. */
const OLDEST = [6, 2] as const;

export async function checkSharedState({ sharedState, outbound }: Config): Promise<CheckLine[]> {
  if (sharedState === undefined) return [];
  const { timeoutMilliseconds } = sharedState;
  const name = nameOf(sharedState.servers);
  let problem = `it does not answer within ${PATIENCE / 1000} s`;
  const { promise: ready, resolve: settle } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => settle(false), PATIENCE);
  let failures = 0;
  const link = new RedisLink({
    settings: { ...sharedState, timeoutMilliseconds: PATIENCE },
    secureContext: trustWith(outbound, sharedState.tls),
    onMessage: () => undefined,
    onReady: () => settle(true),
    onAway: (why) => {
      problem = why;
      if (++failures === TRIES) settle(false);
    },
  });
  try {
    link.open();
    if (!(await ready))
      return [
        bad(
          AREA,
          `${name} cannot be used: ${problem}.`,
          'The gateway works without it, alone: lock-outs, enrolments and slots are then its own.',
          'Look at sharedState (addresses, password, certificate), and at firewalls on the way.',
        ),
      ];
    const asked = performance.now();
    const facts = await link.ask((client) => client.info());
    const milliseconds = Math.round(performance.now() - asked);
    return [
      ok(AREA, `${name} answers within ${milliseconds} ms`),
      ...(milliseconds > timeoutMilliseconds
        ? [warn(AREA, `That is more than sharedState.timeoutMilliseconds (${timeoutMilliseconds}).`)]
        : []),
      ...factLines(facts),
    ];
  } catch (error) {
    return [bad(AREA, `${name} cannot be used: ${errorText(error)}.`)];
  } finally {
    clearTimeout(timer);
    link.close();
  }
}

function nameOf(servers: RedisServers): string {
  if (servers.kind === 'server') return servers.url;
  const places = servers.urls.map((url) => new URL(url).host).join(', ');
  return servers.kind === 'sentinel' ? `${servers.master} of the Sentinels ${places}` : `The Cluster of ${places}`;
}

/** @param facts what INFO prints, see https://redis.io/docs/latest/commands/info/ */
function factLines(facts: string): CheckLine[] {
  const version = /^redis_version:(\S+)/m.exec(facts)?.[1] ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const policy = /^maxmemory_policy:(\S+)/m.exec(facts)?.[1];
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return [
    ...(isOld ? [bad(AREA, `It is version ${version}; 6.2 or newer is needed, or any Valkey.`)] : []),
    ...(policy === undefined || policy === 'noeviction'
      ? []
      : [
          warn(
            AREA,
            `Its maxmemory-policy is ${policy}: when memory is short it forgets what gateways agreed on.`,
            '  CONFIG SET maxmemory-policy noeviction',
          ),
        ]),
  ];
}

/** Which gateways there are: each gives a sign of life every few seconds, and sees those of the others. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { VERSION } from '../version.ts';
import { NOW, script, type RedisLink, type Reply } from './redis-link.ts';

/** A gateway as the others see it. */
export interface FleetMember {
  readonly id: string;
  readonly host: string;
  readonly version: string;
  /** Milliseconds since it was seen last, when this gateway asked last. */
  readonly age: number;
  /** Whether it counts as running: seen within the last quarter of a minute. */
  readonly isHere: boolean;
  readonly isOwn: boolean;
}

export interface Roll {
  /** The same for as long as Redis keeps what it is given: another one means that it has forgotten everything. */
  readonly mark: string;
  /** This gateway first. */
  readonly members: readonly FleetMember[];
}

/** Milliseconds after which a gateway no longer counts as running, and is no longer shown. */
const SEEN_LATELY = 15_000;
const REMEMBERED = 600_000;

/**
 * KEYS: gateways by when they were seen, what they say of themselves, a mark that a flush would remove.
 * ARGV: own id, about it, milliseconds that others are remembered, a new mark.
 * Returns the mark, then id, milliseconds since it was seen, and what it says, for each gateway.
 */
const ROLL = script(`
${NOW}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], '-inf', now - ARGV[3], 'BYSCORE')) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('SET', KEYS[3], ARGV[4], 'NX')
local reply = { redis.call('GET', KEYS[3]) }
local seen = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #seen, 2 do
  reply[#reply + 1] = seen[i]
  reply[#reply + 1] = math.floor(now - seen[i + 1])
  reply[#reply + 1] = redis.call('HGET', KEYS[2], seen[i]) or '{}'
end
return reply
`);
const KEYS = ['gateways', 'gateways:about', 'mark'] as const;

/** Gives a sign of life. @param id of this gateway @throws RedisAway */
export async function callRoll(link: RedisLink, id: string): Promise<Roll> {
  const about = JSON.stringify({ host: hostname(), version: VERSION });
  const ownMark = randomBytes(9).toString('base64url');
  const [mark, ...members] = (await link.run(ROLL, KEYS, [id, about, REMEMBERED, ownMark])) as readonly Reply[];
  return { mark: String(mark), members: membersOf(members, id) };
}

/** The others need not wait for signs of life that do not come. @throws RedisAway */
export async function leave(link: RedisLink, id: string): Promise<void> {
  const [seen, about] = KEYS.map((key) => link.key(key)) as [string, string];
  await link.ask((client) => client.multi().zRem(seen, id).hDel(about, id).execAsPipeline());
}

/** @param reply id, milliseconds and JSON in turn */
function membersOf(reply: readonly Reply[], own: string): FleetMember[] {
  const members: FleetMember[] = [];
  for (let index = 0; index + 2 < reply.length; index += 3) {
    const [id, age] = [String(reply[index]), Number(reply[index + 1])];
    let about: { readonly host?: unknown; readonly version?: unknown } = {};
    try {
      about = JSON.parse(String(reply[index + 2])) as typeof about;
    } catch {
      // A gateway of another version may say it otherwise.
    }
    members.push({
      id,
      host: String(about.host ?? ''),
      version: String(about.version ?? ''),
      age,
      isHere: age <= SEEN_LATELY,
      isOwn: id === own,
    });
  }
  return members.toSorted((a, b) => Number(b.isOwn) - Number(a.isOwn) || a.age - b.age);
}

/**
 * What is done in Redis with the slots of a mailbox, as one step: see slot-leases.ts.
 *
 * All times are those of the Redis server. A mailbox has at most as many leases as slots, so that each step takes
 * O(log n) in the number of tickets.
 */
import { NOW, script } from './redis-link.ts';

/**
 * KEYS: leases by their end; tickets by their turn; tickets by their end. A member is GATEWAY:NUMBER:WEIGHT:SPARE.
 * ARGV: what to do, member, slots, delay, lifetime of a lease, of a ticket, prefix of the gateways' channels, lifetime
 * of a lease without its gateway.
 * Returns whether the member has a lease now; of a renewal, whether it had one still.
 *
 * Where the server says that not even the gateway that asks is there, it cannot tell.
 */
export const SLOTS = script(`
local leases, line, ends = KEYS[1], KEYS[2], KEYS[3]
local task, member, slots, delay = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
${NOW}
local function weightOf(text) return tonumber(string.match(text, ':(%d+):%d+$')) end
local function drop(ticket) redis.call('ZREM', line, ticket) redis.call('ZREM', ends, ticket) end
local subscribed = {}
local function isSubscribed(text)
  local channel = ARGV[7] .. string.match(text, '^[^:]+')
  if subscribed[channel] == nil then
    local reply = redis.pcall('PUBSUB', 'NUMSUB', channel)
    subscribed[channel] = reply[2] and reply[2] > 0 or false
  end
  return subscribed[channel]
end
local function isGone(text) return isSubscribed(member) and not isSubscribed(text) end

redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
for _, ticket in ipairs(redis.call('ZRANGE', ends, '-inf', now, 'BYSCORE')) do drop(ticket) end

if task == 'renew' then
  local had = redis.call('ZSCORE', leases, member)
  redis.call('ZADD', leases, now + ARGV[5], member)
  redis.call('PEXPIRE', leases, ARGV[5] * 2)
  return had and 1 or 0
elseif task == 'leave' then
  redis.call('ZREM', leases, member)
  drop(member)
elseif not redis.call('ZSCORE', leases, member) then
  redis.call('ZADD', line, 'NX', now + delay, member)
  redis.call('ZADD', ends, now + ARGV[6], member)
end

local used = 0
for _, lease in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  used = used + weightOf(lease)
  if isGone(lease) then redis.call('ZADD', leases, 'XX', 'LT', now + ARGV[8], lease) end
end
while true do
  local first = redis.call('ZRANGE', line, 0, 0)[1]
  if not first then break end
  if isGone(first) then
    drop(first)
  else
    local weight = weightOf(first)
    local spare = tonumber(string.match(first, ':(%d+)$'))
    if used > 0 and used + weight + spare > slots then break end
    drop(first)
    redis.call('ZADD', leases, now + ARGV[5], first)
    used = used + weight
    if first ~= member then redis.call('PUBLISH', ARGV[7] .. string.match(first, '^[^:]+'), first) end
  end
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[5] * 2) end
return redis.call('ZSCORE', leases, member) and 1 or 0
`);

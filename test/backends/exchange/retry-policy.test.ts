import type { IncomingHttpHeaders } from 'node:http';
import t from 'tap';
import { decide, type RetryState } from '../../../src/backends/exchange/retry-policy.ts';
import { GatewayError } from '../../../src/errors.ts';
import type { CallResult } from '../../../src/backends/exchange/call-result.ts';

const STATE: RetryState = {
  readsOnly: false,
  replayable: true,
  tokenRenewed: false,
  repeated: false,
  retries: 0,
  patience: 60_000,
};
const BUSY = { responseCode: 'ErrorServerBusy', text: 'busy', backOff: 7_000 } as const;

function held(status: number, headers: IncomingHttpHeaders = {}): CallResult {
  return { kind: 'held', status, headers, fault: undefined };
}

t.test('what reached the client is done', async (t) => {
  t.same(decide({ kind: 'relayed', status: 429, headers: {}, bytes: 1, endedEarly: false }, undefined, STATE), {
    next: 'done',
  });
});

t.test('a refused token is renewed once', async (t) => {
  t.same(decide(held(401), undefined, STATE), { next: 'renew token' });
  t.same(decide(held(401), undefined, { ...STATE, tokenRenewed: true }), { next: 'done' });
});

t.test('a request that was put off is sent again after the pause that was asked for', async (t) => {
  t.same(decide(held(500), BUSY, STATE), { next: 'retry', cooldown: 7_000 });
  t.same(decide(held(500), BUSY, { ...STATE, patience: 7_000 }), { next: 'retry', cooldown: 7_000 }, 'just in time');
  t.same(decide(held(503, { 'retry-after': '3' }), undefined, STATE), { next: 'retry', cooldown: 3_000 });
  t.same(decide(held(429, { 'retry-after': '3' }), undefined, STATE), { next: 'retry', cooldown: 3_000 });
});

t.test('a broken connection: what only reads is sent once more, at once', async (t) => {
  const broken = { kind: 'broken', error: new GatewayError('UPSTREAM_CUT', 'broken'), sent: true } as const;
  const reads = { ...STATE, readsOnly: true };
  t.same(decide(broken, undefined, reads), { next: 'repeat' });
  t.same(decide(broken, undefined, { ...reads, repeated: true }), { next: 'done' }, 'and no more');
  t.same(decide(broken, undefined, { ...reads, replayable: false }), { next: 'done' });
  t.same(decide(broken, undefined, STATE), { next: 'done' }, 'what writes may have been carried out');
});

t.test('what was never sent is sent again for as long as the client waits', async (t) => {
  const unsent = { kind: 'broken', error: new GatewayError('UPSTREAM_UNREACHABLE', 'late'), sent: false } as const;
  for (const readsOnly of [true, false])
    t.same(decide(unsent, undefined, { ...STATE, readsOnly, repeated: true }), { next: 'repeat' });
  t.same(decide(unsent, undefined, { ...STATE, patience: 0 }), { next: 'done' });
  t.same(decide(unsent, undefined, { ...STATE, replayable: false }), { next: 'done' });
});

t.test('other faults and statuses are not', async (t) => {
  t.same(decide(held(500), { ...BUSY, backOff: undefined }, STATE), { next: 'done' });
  for (const status of [403, 404, 502])
    t.same(decide(held(status, { 'retry-after': '3' }), undefined, STATE), { next: 'done' });
});

t.test('a bare 503 may be from a proxy: only what changes nothing is sent again', async (t) => {
  t.same(decide(held(503), undefined, STATE), { next: 'done' });
  t.same(decide(held(503), undefined, { ...STATE, readsOnly: true }), { next: 'retry', cooldown: 5_000 });
});

t.test('a request that cannot wait or be sent again ends, and the mailbox cools down all the same', async (t) => {
  t.same(decide(held(500), BUSY, { ...STATE, patience: 6_999 }), { next: 'done', cooldown: 7_000 });
  t.same(decide(held(500), BUSY, { ...STATE, replayable: false }), { next: 'done', cooldown: 7_000 });
});

t.test('pauses of one request grow, however short Exchange says', async (t) => {
  const short = { ...BUSY, backOff: 0 };
  const pauses = [0, 1, 2, 10].map((retries) => decide(held(500), short, { ...STATE, retries, patience: 1e9 }));
  t.same(
    pauses.map((decision) => ('cooldown' in decision ? decision.cooldown : undefined)),
    [100, 200, 400, 102_400],
  );
});

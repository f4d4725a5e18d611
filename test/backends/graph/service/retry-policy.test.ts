import t from 'tap';
import { LOCAL_CODES, type GraphFailure } from '../../../../src/backends/graph/service/graph-error.ts';
import {
  concernsMailbox,
  decide,
  type GraphDecision,
  type GraphRetryState,
  type Repeatable,
} from '../../../../src/backends/graph/service/retry-policy.ts';

/** A call that has failed for the first time, of a client that has come just now. */
const FIRST: GraphRetryState = {
  repeatable: 'always',
  overwrites: true,
  throttled: 0,
  failed: 0,
  tokenRenewable: true,
  patience: 95_000,
  jitter: 0,
};

function failure(status: number, code = 'UnknownError', more: Partial<GraphFailure> = {}): GraphFailure {
  return { status, code, message: '', requestId: undefined, retryAfter: undefined, ...more };
}

const FAIL: GraphDecision = { next: 'fail' };
const RENEW: GraphDecision = { next: 'renew token' };
const wait = (pause: number): GraphDecision => ({ next: 'retry', pause, throttled: true });
const again = (pause: number): GraphDecision => ({ next: 'retry', pause, throttled: false });
const asked = { retryAfter: 7_000 };
const NOT_AN_ITEM = { message: "Access is denied., The store ID provided isn't an ID of an item." };

/** What follows each kind of failure, for what can be repeated without harm, and for what would happen twice. */
const MATRIX: readonly (readonly [name: string, what: GraphFailure, repeatable: GraphDecision, once: GraphDecision])[] =
  [
    ['429 with Retry-After', failure(429, 'ApplicationThrottled', asked), wait(7_000), wait(7_000)],
    ['429 without Retry-After', failure(429, 'TooManyRequests'), wait(2_000), wait(2_000)],
    ['503 with Retry-After', failure(503, 'serviceNotAvailable', asked), wait(7_000), wait(7_000)],
    ['503 without Retry-After', failure(503, 'serviceNotAvailable'), wait(2_000), wait(2_000)],
    ['503 of a mailbox that moves', failure(503, 'MailboxInfoStale'), wait(2_000), wait(2_000)],
    ['509', failure(509, 'bandwidth'), wait(2_000), wait(2_000)],
    ['500', failure(500, 'generalException'), again(500), FAIL],
    ['500 of the store', failure(500, 'ErrorInternalServerTransientError'), again(500), FAIL],
    ['502 of a proxy', failure(502, LOCAL_CODES.unexpected), again(500), FAIL],
    ['504', failure(504), again(500), FAIL],
    ['408', failure(408, 'ErrorTimeoutExpired'), again(500), FAIL],
    ['a cut connection', failure(0, LOCAL_CODES.cut), again(500), FAIL],
    ['no answer in time', failure(0, LOCAL_CODES.timeout), again(500), FAIL],
    ['JSON that breaks off at 200', failure(200, LOCAL_CODES.truncated), again(500), FAIL],
    ['a connection that was not made', failure(0, LOCAL_CODES.unreachable), again(500), again(500)],
    ['423', failure(423, 'Locked'), again(500), again(500)],
    ['412 that nobody asked for', failure(412, 'ErrorIrresolvableConflict'), again(200), again(200)],
    ['403 for an id under a burst', failure(403, 'ErrorAccessDenied', NOT_AN_ITEM), again(500), again(500)],
    ['401', failure(401, 'InvalidAuthenticationToken'), RENEW, RENEW],
    ['500 that stays', failure(500, 'ErrorMimeContentConversionFailed'), FAIL, FAIL],
    ['500 of a move that is refused', failure(500, 'ErrorMoveCopyFailed'), FAIL, FAIL],
    ['400', failure(400, 'ErrorInvalidIdMalformed'), FAIL, FAIL],
    ['403', failure(403, 'ErrorAccessDenied'), FAIL, FAIL],
    ['404', failure(404, 'ErrorItemNotFound'), FAIL, FAIL],
    ['409', failure(409, 'ErrorFolderExists'), FAIL, FAIL],
    ['410', failure(410, 'SyncStateNotFound'), FAIL, FAIL],
    ['413', failure(413, 'RequestEntityTooLarge'), FAIL, FAIL],
    ['501', failure(501, 'notImplemented'), FAIL, FAIL],
    ['507', failure(507, 'quotaLimitReached'), FAIL, FAIL],
  ];

for (const [name, what, ifRepeatable, ifOnce] of MATRIX)
  t.test(name, async (t) => {
    const decisions: readonly (readonly [Repeatable, GraphDecision])[] = [
      ['always', ifRepeatable],
      ['unless carried out', ifOnce],
    ];
    for (const [repeatable, decision] of decisions) {
      const state = { ...FIRST, repeatable };
      t.same(decide(what, state), decision, repeatable);
      if (decision.next !== 'retry') continue;
      t.same(decide(what, { ...state, patience: decision.pause }), FAIL, 'the deadline comes before the pause ends');
      t.same(decide(what, { ...state, patience: decision.pause + 1 }), decision, 'or just after');
    }
  });

t.test('attempts are used up, but for throttles, which only the client ends', async (t) => {
  for (const [what, retries] of [
    [failure(500), 2],
    [failure(0, LOCAL_CODES.cut), 2],
    [failure(0, LOCAL_CODES.unreachable), 2],
    [failure(423), 2],
    [failure(412), 3],
    [failure(403, 'ErrorAccessDenied', NOT_AN_ITEM), 1],
  ] as const) {
    t.equal(decide(what, { ...FIRST, failed: retries - 1 }).next, 'retry', `${what.status} ${what.code}`);
    t.same(decide(what, { ...FIRST, failed: retries }), FAIL);
  }
  t.same(decide(failure(429, 'x', asked), { ...FIRST, throttled: 9, failed: 9 }), wait(7_000));
});

t.test('pauses grow, spread by jitter, and have a bound', async (t) => {
  t.same(decide(failure(500), { ...FIRST, failed: 1 }), again(1_000));
  t.same(decide(failure(412), { ...FIRST, failed: 2 }), again(800));
  t.same(decide(failure(500), { ...FIRST, jitter: 0.5 }), again(750));
  t.same(decide(failure(429), { ...FIRST, throttled: 3, jitter: 1 }), wait(20_000));
  const patient = { ...FIRST, patience: 1e9 };
  t.same(decide(failure(429, 'x', { retryAfter: 900_000 }), patient), wait(180_000));
  t.same(decide(failure(503), { ...patient, throttled: 20 }), wait(180_000));
});

t.test('a token is renewed once, and not where none is sent', async (t) => {
  t.same(decide(failure(401), { ...FIRST, tokenRenewable: false }), FAIL);
});

t.test('a conflict is told where nothing may be overwritten', async (t) => {
  t.same(decide(failure(412), { ...FIRST, overwrites: false }), FAIL);
});

t.test('which throttles are for all calls of the mailbox', async (t) => {
  const said = (message: string, status = 429): boolean => concernsMailbox(failure(status, 'x', { message }));
  t.notOk(said('Application is over its MailboxConcurrency limit.'));
  t.notOk(said('Application is over its IncomingBytes limit.'));
  t.ok(said('Application is over its request limit.'));
  t.ok(said(''));
  t.notOk(said('', 503));
});

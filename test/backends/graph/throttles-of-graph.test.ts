import t from 'tap';
import { REAL_CLOCK } from '../../../src/backends/clock.ts';
import { throttled, type GraphFault } from '../../../src/simulator/graph/faults.ts';
import { codesOf } from '../../support/differential.ts';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { ALICE, basic, BOB, send, startStack } from '../../support/stack.ts';

const GET_INBOX = 'GET /users/{user}/mailFolders/{folder}';
/** Of all calls in ten minutes, for an app and a mailbox. */
const overRequests = (seconds: number): GraphFault => ({
  status: 429,
  headers: { 'content-type': 'application/json', 'retry-after': String(seconds) },
  body: '{"error":{"code":"ApplicationThrottled","message":"Application is over its request limit."}}',
});

const stack = await startStack(t, { backend: 'graph', clock: REAL_CLOCK });
const { graph } = stack.simulator;
const as = async (username: string): Promise<string[]> =>
  codesOf((await send(stack.url, GET_FOLDER, { authorization: basic(username) })).text);
// Learns the mailboxes.
for (const username of [ALICE, BOB]) await as(username);

/** Calls since a point, by mailbox and status. */
const callsFrom = (before: number): string[] =>
  graph.requests.slice(before).map(({ mailbox, status }) => `${mailbox?.split('@')[0]} ${status}`);

t.test('a call beyond four at a time waits alone: others for its mailbox go on', async (t) => {
  graph.script.add({ ...throttled(1), operation: GET_INBOX });
  const before = graph.requests.length;
  const [first, second] = [as(ALICE), as(ALICE)];
  t.same(await Promise.all([first, second]), [['NoError'], ['NoError']]);
  t.same(callsFrom(before), ['alice 429', 'alice 200', 'alice 200']);
});

t.test('where all calls for a mailbox are put off, nobody else asks for it meanwhile', async (t) => {
  graph.script.add({ ...overRequests(900), operation: GET_INBOX });
  const before = graph.requests.length;
  t.same(await as(ALICE), ['ErrorServerBusy']);
  t.same(await as(ALICE), ['ErrorServerBusy'], 'the next request is answered without a call');
  t.same(await as(BOB), ['NoError'], 'other mailboxes are not held back');
  t.same(callsFrom(before), ['alice 429', 'bob 200']);
});

t.test('where the app is put off at all mailboxes, each call waits as long as it was told', async (t) => {
  graph.script.add({ ...overRequests(1), operation: GET_INBOX, times: 1 });
  const before = graph.requests.length;
  const began = performance.now();
  t.same(await Promise.all([as(BOB), as(BOB)]), [['NoError'], ['NoError']]);
  t.ok(performance.now() - began >= 1_000);
  const calls = callsFrom(before);
  t.equal(calls.length, 3);
  t.equal(calls.filter((call) => call.endsWith('429')).length, 1);
});

import t from 'tap';
import type { PrefetchResult } from '../../../../src/backends/graph/prefetch/prefetch-habits.ts';
import { PrefetchedAnswers, type PrefetchOwner } from '../../../../src/backends/graph/prefetch/prefetched-answers.ts';
import { WITHOUT_LOOKING_AHEAD } from '../../../support/clocks.ts';

const MIB = 1024 * 1024;
const { signal } = new AbortController();
const ownerOf = (caller: number, mailbox = 'a mailbox'): PrefetchOwner => ({
  caller: `caller-${caller}`,
  actingAs: 'a mailbox',
  mailbox,
});

function answers(): { kept: PrefetchedAnswers; ends: PrefetchResult[] } {
  const ends: PrefetchResult[] = [];
  return { kept: new PrefetchedAnswers(WITHOUT_LOOKING_AHEAD, (result) => ends.push(result)), ends };
}

t.test('a caller has 8 MiB, and all of them have 32, until what they were given is read', async (t) => {
  const { kept } = answers();
  const filled = (caller: number, what: string): boolean => {
    if (!kept.wants(ownerOf(caller), what, 4 * MIB)) return false;
    kept.add(ownerOf(caller), what, 4 * MIB, async () => ({ value: what, upstreamRequestId: undefined }));
    return true;
  };
  t.same(
    ['a', 'a', 'b', 'c'].map((what) => filled(0, what)),
    [true, false, true, false],
    'not twice the same, and two of 4 MiB',
  );
  for (const caller of [1, 2, 3]) t.ok(filled(caller, 'a') && filled(caller, 'b'));
  t.notOk(filled(4, 'a'), 'no room for a fifth caller');
  const given = await kept.take(ownerOf(0), 'a', signal);
  t.equal(given?.value, 'a');
  t.notOk(filled(4, 'a'), 'nor when something was given');
  given?.release();
  given?.release();
  t.ok(filled(4, 'a'), 'but once it was read');
  t.notOk(filled(4, 'b'));
});

t.test('each is given once, and only to whom it belongs', async (t) => {
  const { kept, ends } = answers();
  kept.add(ownerOf(0), 'a', 1, async () => ({ value: 'a', upstreamRequestId: undefined }));
  for (const other of [ownerOf(1), ownerOf(0, 'another'), { ...ownerOf(0), actingAs: 'another' }])
    t.equal(await kept.take(other, 'a', signal), undefined);
  t.match(await kept.take(ownerOf(0), 'a', signal), { value: 'a' });
  t.equal(await kept.take(ownerOf(0), 'a', signal), undefined);
  t.same(ends, ['used']);
});

t.test('what is of no use any more is given up', async (t) => {
  const { kept, ends } = answers();
  const signals: AbortSignal[] = [];
  const never = (ending: AbortSignal): Promise<undefined> => {
    signals.push(ending);
    return new Promise(() => undefined);
  };
  const aborted = (): boolean[] => signals.map((each) => each.aborted);
  for (const mailbox of ['changed', 'busy', 'asked for', 'other']) kept.add(ownerOf(0, mailbox), 'a', 1, never);
  kept.add(ownerOf(0, 'busy'), 'here', 1, async () => ({ value: 'a', upstreamRequestId: undefined }));
  await new Promise((resolve) => setImmediate(resolve));
  kept.forget('changed');
  t.same(aborted(), [true, false, false, false], 'of a mailbox that has changed');
  kept.giveWay('busy');
  t.same(aborted(), [true, true, false, false], 'of one that others wait for');
  t.match(await kept.take(ownerOf(0, 'busy'), 'here', signal), { value: 'a' }, 'but not what is here');
  const client = new AbortController();
  const taken = kept.take(ownerOf(0, 'asked for'), 'a', client.signal);
  client.abort();
  t.equal(await taken, undefined);
  t.same(aborted(), [true, true, true, false], 'of a client that has gone');
  kept.forget();
  t.same(aborted(), [true, true, true, true], 'of a gateway that stops');
  t.same(ends, ['unused', 'failed', 'used', 'failed', 'unused']);
});

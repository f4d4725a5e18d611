import t from 'tap';
import { PrefetchedAnswers, type PrefetchOwner } from '../../../../src/backends/graph/prefetch/prefetched-answers.ts';
import { WITHOUT_LOOKING_AHEAD } from '../../../support/clocks.ts';

const MIB = 1024 * 1024;
const ownerOf = (caller: number): PrefetchOwner => ({ caller: `caller-${caller}`, mailbox: 'a mailbox' });

function answers(): { kept: PrefetchedAnswers; ends: string[] } {
  const ends: string[] = [];
  return { kept: new PrefetchedAnswers(WITHOUT_LOOKING_AHEAD, (result) => ends.push(result)), ends };
}

t.test('a caller has 8 MiB, and all of them have 32', async (t) => {
  const { kept } = answers();
  const filled = (caller: number, what: string): boolean => {
    if (!kept.wants(ownerOf(caller), what, 4 * MIB)) return false;
    kept.add(ownerOf(caller), what, 4 * MIB, async () => ({
      value: what,
      bytes: 4 * MIB,
      upstreamRequestId: undefined,
    }));
    return true;
  };
  t.same(
    ['a', 'a', 'b', 'c'].map((what) => filled(0, what)),
    [true, false, true, false],
    'not twice the same, and two of 4 MiB',
  );
  for (const caller of [1, 2, 3]) t.ok(filled(caller, 'a') && filled(caller, 'b'));
  t.notOk(filled(4, 'a'), 'no room for a fifth caller');
  t.match(await kept.take(ownerOf(0), 'a'), { value: 'a' });
  t.ok(filled(4, 'a'), 'until something was given');
});

t.test('an answer that is far larger than was expected is not kept', async (t) => {
  const { kept, ends } = answers();
  for (const [what, bytes] of [
    ['as expected', 200],
    ['too large', 201],
  ] as const)
    kept.add(ownerOf(0), what, 100, async () => ({ value: what, bytes, upstreamRequestId: undefined }));
  await new Promise((resolve) => setImmediate(resolve));
  t.same(ends, ['unused']);
  t.equal(kept.take(ownerOf(0), 'too large'), undefined);
  t.match(await kept.take(ownerOf(0), 'as expected'), { value: 'as expected' });
  t.equal(kept.take(ownerOf(0), 'as expected'), undefined, 'each is given once');
});

t.test('what was given up is told so', (t) => {
  const { kept, ends } = answers();
  const signals: AbortSignal[] = [];
  const never = (signal: AbortSignal): Promise<undefined> => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  kept.add(ownerOf(0), 'a', 1, never);
  kept.add({ caller: 'caller-0', mailbox: 'another' }, 'a', 1, never);
  kept.forget('a mailbox');
  t.same(
    signals.map(({ aborted }) => aborted),
    [true, false],
    'of the mailbox that has changed',
  );
  kept.close();
  t.same(
    signals.map(({ aborted }) => aborted),
    [true, true],
  );
  t.same(ends, ['unused', 'unused']);
  t.end();
});

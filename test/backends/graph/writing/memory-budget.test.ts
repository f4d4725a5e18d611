import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { MemoryBudget } from '../../../../src/backends/graph/writing/memory-budget.ts';

const HERE = new AbortController().signal;

/** Work of some bytes that lasts until it is told to end. */
function work(budget: MemoryBudget, running: string[], name: string, bytes: number, signal = HERE) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = budget.with(bytes, signal, async () => {
    running.push(name);
    await promise;
    running.splice(running.indexOf(name), 1);
  });
  return {
    end: async () => {
      resolve();
      await done;
    },
    done,
  };
}

t.test('as much at a time as there is, in order: small work does not overtake', async (t) => {
  const budget = new MemoryBudget(100);
  const running: string[] = [];
  const [a, b] = [work(budget, running, 'a', 60), work(budget, running, 'b', 40)];
  const [c, d] = [work(budget, running, 'c', 50), work(budget, running, 'd', 10)];
  await nextTurn();
  t.same(running, ['a', 'b']);
  t.equal(budget.waiting, 2);
  await b.end();
  await nextTurn();
  t.same(running, ['a'], 'forty are not enough for c, and d waits behind it');
  await a.end();
  await nextTurn();
  t.same(running, ['c', 'd']);
  await Promise.all([c.end(), d.end()]);
  t.equal(budget.waiting, 0);
});

t.test('what needs more than there is comes alone', async (t) => {
  const budget = new MemoryBudget(100);
  const running: string[] = [];
  const [large, small] = [work(budget, running, 'large', 1_000), work(budget, running, 'small', 1)];
  await nextTurn();
  t.same(running, ['large']);
  await large.end();
  await nextTurn();
  t.same(running, ['small']);
  await small.end();
});

t.test('a client that is gone waits no longer, and those behind it go on', async (t) => {
  const budget = new MemoryBudget(100);
  const running: string[] = [];
  const gone = new AbortController();
  const first = work(budget, running, 'first', 60);
  const second = work(budget, running, 'second', 60, gone.signal);
  const third = work(budget, running, 'third', 40);
  gone.abort();
  await t.rejects(second.done, { code: 'CLIENT_GONE' });
  await nextTurn();
  t.same(running, ['first', 'third']);
  await t.rejects(
    budget.with(1, gone.signal, async () => undefined),
    { code: 'CLIENT_GONE' },
  );
  await Promise.all([first.end(), third.end()]);
});

t.test('work that fails gives its memory back', async (t) => {
  const budget = new MemoryBudget(100);
  await t.rejects(
    budget.with(100, HERE, async () => {
      throw new Error('failed');
    }),
  );
  t.equal(await budget.with(100, HERE, async () => 'done'), 'done');
});

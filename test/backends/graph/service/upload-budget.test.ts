import t from 'tap';
import { UploadBudget } from '../../../../src/backends/graph/service/upload-budget.ts';

const MB = 1_000_000;

function setting(): { readonly budget: UploadBudget; readonly pass: (milliseconds: number) => void } {
  let now = 1_000;
  return { budget: new UploadBudget({ now: () => now }), pass: (milliseconds) => (now += milliseconds) };
}

t.test('150 MB go within five minutes, and what is more waits until the first are that old', async (t) => {
  const { budget, pass } = setting();
  t.equal(budget.waitFor('a', 150 * MB), 0);
  budget.spend('a', 50 * MB);
  pass(60_000);
  budget.spend('A', 100 * MB);
  const wait = budget.waitFor('a', 4 * MB);
  t.ok(wait > 240_000 && wait <= 245_000, `${wait} ms`);
  t.equal(budget.waitFor('b', 4 * MB), 0, 'each mailbox has its own');
  pass(wait);
  t.equal(budget.waitFor('a', 50 * MB), 0);
  t.ok(budget.waitFor('a', 51 * MB) > 0);
});

t.test('what is small is counted, and not held back', async (t) => {
  const { budget } = setting();
  for (let count = 0; count < 15_001; count++) budget.spend('a', 10_000);
  t.equal(budget.waitFor('a', 10_000), 0);
  t.ok(budget.waitFor('a', 100_000) > 0);
});

t.test('where Graph says that nothing more is taken, it is believed', async (t) => {
  const { budget, pass } = setting();
  budget.close('a', 10_000);
  t.equal(budget.waitFor('a', MB), 10_000);
  budget.close('a', 1_000);
  t.equal(budget.waitFor('a', MB), 10_000);
  pass(10_000);
  t.equal(budget.waitFor('a', MB), 0);
  budget.close('a', 900_000_000);
  t.equal(budget.waitFor('a', MB), 300_000, 'for five minutes at most');
});

t.test('a body beyond all limits is sent once nothing else is in the way', async (t) => {
  t.equal(setting().budget.waitFor('a', 200 * MB), 0);
});

t.test('few wait for as long as their clients do, and the others hear when to come again', async (t) => {
  const budget = new UploadBudget();
  const here = new AbortController().signal;
  budget.close('a', 300);
  await t.rejects(budget.admit('a', MB, 200, here), { code: 'UPSTREAM_BUSY' });
  const gone = new AbortController();
  const leaving = budget.admit('a', MB, 10_000, gone.signal);
  gone.abort();
  await t.rejects(leaving, { code: 'CLIENT_GONE' });
  const waiting = Array.from({ length: 8 }, () => budget.admit('a', MB, 10_000, here));
  await t.rejects(budget.admit('a', MB, 10_000, here), { code: 'UPSTREAM_BUSY' });
  await Promise.all(waiting);
  await budget.admit('a', MB, 10_000, here);
});

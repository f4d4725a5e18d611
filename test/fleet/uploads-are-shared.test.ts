import t from 'tap';
import { UploadBudget } from '../../src/backends/graph/service/upload-budget.ts';
import { marksOf } from '../../src/gateway/shared-gate.ts';
import { eventually } from '../support/eventually.ts';
import { keptState, PATIENT, type KeptStateSetting } from '../support/kept-states.ts';
import { startRedis, WITHOUT_REDIS } from '../support/redis.ts';

const MB = 1_000_000;
const A = 'a@contoso.test';

function budgetOf({ state }: KeptStateSetting, service = 'graph app'): UploadBudget {
  if (state.fleet === undefined) throw new Error('there is no fleet');
  return new UploadBudget({ marks: marksOf(state.fleet, 'uploads', service) });
}

t.test('all gateways together upload 150 MB for a mailbox in five minutes', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const [one, two] = [await keptState(t, redis.url, PATIENT), await keptState(t, redis.url, PATIENT)];
  const [first, second, other] = [budgetOf(one), budgetOf(two), budgetOf(two, 'graph other-app')];
  for (let count = 0; count < 10; count++) first.spend('A@contoso.test', 10 * MB);
  await eventually(() => second.waitFor(A, 60 * MB) > 0);
  t.equal(second.waitFor(A, 50 * MB), 0);
  t.equal(second.waitFor('b@contoso.test', 60 * MB), 0, 'each mailbox has its own');
  t.equal(other.waitFor(A, 60 * MB), 0, 'and each app');
  for (let count = 0; count < 50; count++) second.spend(A, 0.1 * MB);
  await eventually(() => first.waitFor(A, 46 * MB) > 0, undefined, 10_000);
  t.equal(first.waitFor(A, 45 * MB), 0, 'little by little, told together');

  await t.test('one that comes later, and one that joins again, count each once', async (t) => {
    const third = budgetOf(await keptState(t, redis.url, PATIENT));
    await eventually(() => third.waitFor(A, 46 * MB) > 0);
    redis.command('-a', 'PLANTED-redis', 'FLUSHALL');
    // Whoever notices the flush brings all that it knows, and gets what others have brought.
    const late = budgetOf(await keptState(t, redis.url, PATIENT));
    await eventually(() => late.waitFor(A, 46 * MB) > 0);
    for (const budget of [first, second, third, late]) t.equal(budget.waitFor(A, 45 * MB), 0);
  });

  await t.test('what Graph has put off is put off at all', async (t) => {
    first.close('B@contoso.test', 100_000);
    await eventually(() => second.waitFor('b@contoso.test', MB) > 90_000);
    second.stop();
    first.close('c@contoso.test', 100_000);
    const later = budgetOf(two);
    await eventually(() => later.waitFor('c@contoso.test', MB) > 0);
    t.equal(second.waitFor('c@contoso.test', MB), 0, 'one that has ended hears nothing more');
  });
});

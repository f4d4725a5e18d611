import t from 'tap';
import { BodyRules } from '../../src/callers/body-rules.ts';
import { SubscribedCallers } from '../../src/callers/subscribed-callers.ts';
import { callerOf } from '../support/caller.ts';

t.test('a caller uses the subscriptions that were given to it, and no others', async (t) => {
  const caller = callerOf();
  const subscriptions = new SubscribedCallers();
  subscriptions.add('own', caller.username);
  subscriptions.add('foreign', 'bob@contoso.test');
  for (const [operation, ...between] of [['GetEvents'], ['GetStreamingEvents', 'SubscriptionIds']] as const) {
    const use = (id: string): void =>
      new BodyRules(caller, operation, subscriptions).text([operation, ...between, 'SubscriptionId'], id);
    use('own');
    for (const id of ['foreign', 'unknown', ''])
      t.throws(() => use(id), { code: 'SUBSCRIPTION_UNKNOWN' }, `${operation} ${id}`);
  }
});

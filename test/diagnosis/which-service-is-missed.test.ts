import t from 'tap';
import { whileOtherAnswers } from '../../src/diagnosis/checks/either.ts';

t.test('with backend: auto a service that cannot be reached is missed only if it has to answer', async (t) => {
  const missed = (daysLeft: number | undefined): string[] =>
    (['ews', 'graph'] as const).filter((service) => whileOtherAnswers(daysLeft)[service] === undefined);
  t.same(missed(120), ['ews'], 'long before the end of EWS');
  t.same(missed(undefined), ['ews'], 'an Exchange Server, which keeps EWS');
  t.same(missed(30), ['ews', 'graph'], 'close to the end both are needed');
  t.same(missed(0), ['graph'], 'after it');
});

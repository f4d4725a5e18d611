import t from 'tap';
import { explainAadsts, explainedNumbers } from '../../src/tokens/aadsts.ts';

const having = (trait: 'transient' | 'needsNewSignIn' | 'wrongSecret' | 'lacksConsent'): number[] =>
  explainedNumbers()
    .filter((number) => explainAadsts(number)?.[trait])
    .toSorted((a, b) => a - b);

t.same(having('wrongSecret'), [7000215, 7000222], 'wrong or expired');
t.same(having('transient'), [50033, 50196, 90006, 90012, 90024, 90033, 90055], 'throttling and outages');
t.same(
  having('needsNewSignIn'),
  [50074, 50076, 50078, 50079, 50173, 53003, 65001, 70000, 70008, 70043, 530003, 700082, 700084],
  'expired, revoked, or wanting a second factor',
);
t.same(having('lacksConsent'), [65001, 70000], 'fewer permissions may be given');
t.equal(explainAadsts(1), undefined);
t.equal(explainAadsts(undefined), undefined);
const names = { registration: 'contoso', client: '{tenant}', tenant: 'T' };
for (const number of explainedNumbers()) {
  const { text = '', remedy = '' } = explainAadsts(number, names) ?? {};
  t.match(text, /'contoso'(?:.*[^.])?$/, `${number} names the registration, without a full stop`);
  t.match(remedy, /[^.]$/, `${number} says what to do`);
  t.notMatch(`${text}${remedy}`, /\{(?:registration|client)\}/, `${number} has no place left open`);
}

import t from 'tap';
import { explain } from '../../src/diagnosis/explanations.ts';
import { GATEWAY_ERROR_CODES, kindOf } from '../../src/errors.ts';

const SUBJECT = { username: 'alice', mailbox: 'alice@contoso.test', clientId: 'app', registration: 'contoso' };

t.test('each failure has a side and something to do', async (t) => {
  t.ok(GATEWAY_ERROR_CODES.some((code) => kindOf(code) === 'internal'));
  for (const code of GATEWAY_ERROR_CODES) {
    const explanation = explain(code, SUBJECT);
    t.match(explanation, { side: /./, remedy: [/./] }, code);
    t.notMatch(explanation?.remedy.join('\n'), /undefined|\{(?:username|mailbox|clientId|registration)\}/, code);
  }
});

t.test('a name that is no code has none', async (t) => {
  for (const code of ['', 'ok', 'toString']) t.equal(explain(code, SUBJECT), undefined, code);
});

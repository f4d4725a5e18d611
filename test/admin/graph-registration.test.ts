import t from 'tap';
import { envelope } from '../support/envelopes.ts';
import { send, startStack } from '../support/stack.ts';

const ONLINE = 'https://outlook.office365.com/EWS/Exchange.asmx';

t.test('a registration on Graph: its host, no end of EWS, and what to do about an operation it lacks', async (t) => {
  const { admin, post, simulator } = await startStack(t, {
    backend: 'graph',
    ews: ONLINE,
    alice: '    operations: all',
  });
  await post(envelope('<m:FindPeople/>'));
  const { text } = await send(`${admin}/status`, null);
  t.ok(text.includes(`Microsoft Graph<small>${new URL(simulator.graph.origin).host}</small>`));
  t.notMatch(text, /days? until EWS ends|EWS ended/);
  t.match(text, /OPERATION_UNSUPPORTED[^]*backend: ews for caller alice@contoso\.test/);
});

t.test('ready means that both backends have their tokens', async (t) => {
  const { admin, log } = await startStack(t, { backend: 'graph', alice: '    backend: ews' });
  t.equal((await send(`${admin}/readyz`, null)).status, 200);
  t.equal(log().filter(({ msg }) => msg === 'token obtained').length, 2, 'before the first request');
});

t.test('one of its callers still on EWS: the days are counted', async (t) => {
  const { admin } = await startStack(t, { backend: 'graph', ews: ONLINE, alice: '    backend: ews' });
  t.match((await send(`${admin}/status`, null)).text, /days? until EWS ends|EWS ended/);
});

import t from 'tap';
import { BOB } from '../../support/stack.ts';
import { startGraph } from './graph-client.ts';

/** Long enough that all requests are there before the first one is answered, in milliseconds. */
const LATENCY = 1_500;

t.test('the fifth request in flight for a mailbox is refused', async (t) => {
  const { ask, simulator, alice, bob } = await startGraph(t);
  const { graph } = simulator;
  graph.settings.latency = LATENCY;
  const asked = Array.from({ length: 6 }, () => ask('~/mailFolders/inbox'));
  const other = ask(`/users/${BOB}/mailFolders/inbox`);
  const answers = await Promise.all(asked);
  const refused = answers.filter(({ status }) => status === 429);
  t.equal(refused.length, 2);
  t.equal(refused[0]?.headers['retry-after'], '1');
  t.same(refused[0]?.json, {
    error: { code: 'ApplicationThrottled', message: 'Application is over its MailboxConcurrency limit.' },
  });
  t.equal((await other).status, 200, 'mailboxes do not share');
  t.same([graph.peakOf(alice), graph.peakOf(bob)], [4, 1]);
  t.equal((await ask('~/mailFolders/inbox')).status, 200, 'what ended is counted out');
});

t.test('an alias, an object id and MBX name the same mailbox and share its slots', async (t) => {
  const { ask, simulator, alice } = await startGraph(t);
  const { id } = (await ask('~')).json;
  simulator.graph.settings.latency = LATENCY;
  const names = ['alice@contoso.test', 'alias.alice@contoso.test', String(id), `MBX:${alice.guid}@tenant`];
  const answers = await Promise.all([...names, 'ALICE@contoso.test'].map((name) => ask(`/users/${name}/messages`)));
  t.same(answers.map(({ status }) => status).toSorted(), [200, 200, 200, 200, 429]);
});

t.test('the slots may be counted by app', async (t) => {
  const { ask, simulator } = await startGraph(t, { concurrencyPer: 'app' });
  simulator.graph.settings.latency = LATENCY;
  const asked = Array.from({ length: 4 }, () => ask('~/mailFolders/inbox'));
  const other = await ask(`/users/${BOB}/mailFolders/inbox`);
  t.equal((await Promise.all(asked)).filter(({ status }) => status === 429).length + (other.status === 429 ? 1 : 0), 1);
});

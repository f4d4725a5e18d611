import t from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, BOB, CLIENT, PASSWORD, send, startStack } from '../support/stack.ts';

t.test('a new configuration drops no request', async (t) => {
  const { url, reload, writeConfig, simulator } = await startStack(t, { logLevel: 'warn' });
  let running = true;
  const statuses = new Map<number, number>();
  const clients = Array.from({ length: 8 }, async () => {
    while (running) {
      const { status } = await send(url, GET_FOLDER, { authorization: basic(ALICE) });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  for (let count = 0; count < 10; count++) {
    // Each time the registration changes, so that connections and tokens are new.
    writeConfig({ registration: `    userAgent: Agent/${count}` });
    await reload();
    const before = simulator.exchange.requests.length;
    while (simulator.exchange.requests.length < before + 10) await new Promise((resolve) => setImmediate(resolve));
  }
  running = false;
  await Promise.all(clients);
  t.same([...statuses.keys()], [200]);
  t.equal(simulator.exchange.requests.at(-1)?.headers['user-agent'], 'Agent/9');
});

t.test('it is in force at once: rights, registrations, listeners', async (t) => {
  const { url, origin, reload, writeConfig, gateway, post, simulator } = await startStack(t);
  await post(GET_FOLDER);
  const before = simulator.entra.tokenRequests.length;
  writeConfig({ alice: '    operations: [FindItem]' });
  await reload();
  t.match(
    (await post(GET_FOLDER)).text,
    /ErrorAccessDenied/,
    'a right is gone, though the password was verified before',
  );
  t.equal(gateway.urls[0], origin, 'an unchanged listener stays open');
  t.equal(simulator.entra.tokenRequests.length, before, 'an unchanged registration keeps its token');
  writeConfig({ registration: `    # ${CLIENT}`, alice: '    mailbox: bob@contoso.test' });
  await reload();
  await send(url, GET_FOLDER, { authorization: basic(ALICE, PASSWORD) });
  t.equal(simulator.exchange.requests.at(-1)?.mailbox, BOB);
});

t.test('a file that is wrong leaves everything in force', async (t) => {
  const { reload, writeConfig, post, gateway } = await startStack(t);
  writeConfig({ alice: '    unknownKey: 1' });
  await t.rejects(reload(), { name: 'ConfigError' });
  t.equal((await post(GET_FOLDER)).status, 200);
  t.equal(gateway.urls.length, 1);
});

import t from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { entraError } from '../../src/simulator/entra/answers.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { SECRET, startStack } from '../support/stack.ts';

t.test('a wrong secret is explained, and Entra is asked once', async (t) => {
  const { post, simulator } = await startStack(t, { secret: 'PLANTED-not-the-secret' });
  for (let count = 0; count < 5; count++) {
    const { text } = readFault(t, await post(GET_FOLDER), 'ErrorAccessDenied');
    t.match(text, /client secret of registration 'contoso' is wrong.*Value.*AADSTS7000215/);
  }
  t.equal(simulator.entra.tokenRequests.length, 1);
});

t.test('Retry-After of a throttling Entra is obeyed and passed on', async (t) => {
  const { post, simulator } = await startStack(t, {
    prepare: ({ entra }) =>
      entra.script.add({
        operation: 'token',
        times: 100,
        status: 429,
        headers: { 'retry-after': '90' },
        body: entraError('temporarily_unavailable', 90055, 'Too many requests.'),
      }),
  });
  for (let count = 0; count < 3; count++) {
    const { backOff } = readFault(t, await post(GET_FOLDER), 'ErrorServerBusy');
    t.equal(backOff, 90_000);
  }
  t.equal(simulator.entra.tokenRequests.length, 1);
});

t.test('an Entra that fails within is a passing problem, and says no more', async (t) => {
  for (const status of [500, 503]) {
    const { post } = await startStack(t, {
      prepare: ({ entra }) =>
        entra.script.add({ operation: 'token', times: 100, status, headers: { 'retry-after': '60' }, body: 'Failed.' }),
    });
    const { backOff } = readFault(t, await post(GET_FOLDER), 'ErrorServerBusy');
    t.equal(backOff, 60_000, `HTTP ${status}`);
  }
});

t.test('once it is corrected in the configuration, it is tried at once', async (t) => {
  const { post, simulator, configFile, gateway } = await startStack(t, { secret: 'PLANTED-not-the-secret' });
  readFault(t, await post(GET_FOLDER), 'ErrorAccessDenied');
  await gateway.reload(loadConfig(configFile, { environment: { SECRET: 'PLANTED-not-the-secret' } }));
  readFault(t, await post(GET_FOLDER), 'ErrorAccessDenied');
  t.equal(simulator.entra.tokenRequests.length, 1, 'an unchanged registration keeps its memory');
  await gateway.reload(loadConfig(configFile, { environment: { SECRET } }));
  t.equal((await post(GET_FOLDER)).status, 200);
});

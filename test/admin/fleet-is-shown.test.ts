import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { request } from 'undici';
import { eventually, eventuallySo } from '../support/eventually.ts';
import { PATIENT, STATE_KEY } from '../support/kept-states.ts';
import { startRedis, WITHOUT_REDIS } from '../support/redis.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { ALICE, basic, BOB, newMailbox, send, startStack, type Stack } from '../support/stack.ts';
import { GET_FOLDER } from '../support/envelopes.ts';

const DAVE = 'dave@contoso.test';

async function get(stack: Stack, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await request(`${stack.admin}${path}`);
  return { status: response.statusCode, text: await response.body.text() };
}

t.test('two gateways show each other, and act as one', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const options = {
    yaml: [
      'stateKey: { key: { env: KEY } }',
      `sharedState: { url: "${redis.url}"${PATIENT} }`,
      'lockout: { failuresPerName: 10 }',
    ].join('\n'),
    environment: { KEY: STATE_KEY },
    logLevel: 'info',
    prepare: (simulator: Simulator): void => void simulator.exchange.mailboxes.push(newMailbox(DAVE)),
  };
  const [one, two] = [await startStack(t, options), await startStack(t, options)];

  await t.test('in /readyz, in the metrics and on the page', async (t) => {
    await eventuallySo(async () => (await get(one, '/metrics')).text.includes('ews_gateway_fleet_gateways 2'));
    t.match((await get(one, '/metrics')).text, /^ews_gateway_fleet_joined 1$/m);
    const { fleet, ready } = JSON.parse((await get(one, '/readyz')).text) as {
      readonly ready: boolean;
      readonly fleet: { readonly joined: boolean; readonly gateways: readonly unknown[] };
    };
    t.ok(ready && fleet.joined);
    t.match(fleet.gateways, [
      { version: /^\d/, running: true, lastSeen: /^20/ },
      { version: /^\d/, running: true },
    ]);
    const page = (await get(two, '/status')).text;
    t.match(page, /state is shared/);
    t.match(page, /this one/);
  });

  await t.test('a lock of one is a lock of both, and unlocking too', async (t) => {
    for (let count = 0; count < 10; count++)
      await send((count % 2 === 0 ? one : two).url, GET_FOLDER, { authorization: basic(ALICE, `wrong ${count}`) });
    t.equal((await one.post(GET_FOLDER)).status, 401);
    t.equal((await two.post(GET_FOLDER)).status, 401);
    const unlocked = await request(`${one.admin}/lockouts/unlock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nameOrAddress: ALICE }),
    });
    t.match(await unlocked.body.json(), { wasLocked: true });
    t.equal((await two.post(GET_FOLDER)).status, 200);
  });

  await t.test('an enrolment that is opened in one ends in the other, whose password counts in both', async (t) => {
    const bob = (stack: Stack, password: string): Promise<number> =>
      send(stack.url, GET_FOLDER, { authorization: basic(BOB, password) }).then(({ status }) => status);
    t.equal(await bob(one, 'PLANTED-learned'), 401);
    const opened = await request(`${one.admin}/enrolments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: BOB, seconds: 600, replace: true }),
    });
    await opened.body.dump();
    await eventuallySo(async () => (await get(two, '/enrolments')).text.includes(BOB));
    t.equal(await bob(two, 'PLANTED-learned'), 200);
    await eventuallySo(async () => (await bob(one, 'PLANTED-learned')) === 200);
    t.equal(await bob(one, 'PLANTED-other'), 401);
  });

  await t.test('a caller that is added at one can sign in at both', async (t) => {
    const [file, other] = [one, two].map(({ configFile }) => join(dirname(configFile), 'callers.json')) as [
      string,
      string,
    ];
    const token = /name="token" value="([\w-]+)"/.exec((await get(one, '/status')).text)?.[1] ?? '';
    const form = { token, username: DAVE, mailbox: DAVE, registration: 'contoso', operations: 'capture' };
    const answer = request(`${one.admin}/status/callers`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
    for (const [stack, added] of [
      [one, file],
      [two, other],
    ] as const) {
      await eventually(() => existsSync(added));
      // As the watch of files does.
      await stack.reload();
    }
    const { statusCode, body } = await answer;
    await body.dump();
    t.equal(statusCode, 303);
    t.match((await get(two, '/status')).text, /<strong>dave@contoso\.test<\/strong><small>added on this page/);
    const opened = await request(`${two.admin}/enrolments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: DAVE, seconds: 600, replace: false }),
    });
    await opened.body.dump();
    const dave = (stack: Stack): Promise<number> =>
      send(stack.url, GET_FOLDER, { authorization: basic(DAVE, 'PLANTED-dave') }).then(({ status }) => status);
    await eventuallySo(async () => (await get(one, '/enrolments')).text.includes(DAVE));
    t.equal(await dave(one), 200);
    await eventuallySo(async () => (await dave(two)) === 200);
  });

  await t.test('without Redis they go on alone, say so, and join again', async (t) => {
    await redis.kill();
    await eventuallySo(async () => (await get(one, '/metrics')).text.includes('ews_gateway_fleet_joined 0'));
    t.equal((await one.post(GET_FOLDER)).status, 200);
    const { status, text } = await get(one, '/readyz');
    t.equal(status, 200, 'ready all the same');
    t.match(JSON.parse(text), { fleet: { joined: false, problem: /\w/ } });
    t.match((await get(one, '/status')).text, /goes on alone, with its share of the slots/);
    await eventually(() => one.log().some(({ msg, level }) => /goes on alone/.test(String(msg)) && level === 40));
    await redis.restart();
    await eventuallySo(async () => (await get(one, '/metrics')).text.includes('ews_gateway_fleet_joined 1'));
    await eventually(() => one.log().filter(({ msg }) => String(msg).startsWith('state is shared')).length >= 2);
  });
});

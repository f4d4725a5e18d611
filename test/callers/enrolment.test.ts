import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { run, type CommandRun } from '../support/command.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import {
  basic,
  BOB,
  FAST_HASHING,
  newMailbox,
  PLANTED,
  SECRET,
  send,
  startStack,
  type Stack,
} from '../support/stack.ts';

const DAVE = 'dave@contoso.test';
const dave = `  - { username: ${DAVE}, from: [127.0.0.1] }`;

function enrol(t: Parameters<typeof run>[0], stack: Stack, callers: string, ...args: string[]): CommandRun {
  stack.writeConfig({ callers, admin: stack.admin });
  return run(t, ['enrol', '--config', stack.configFile, ...args]);
}

const post = async ({ url }: Stack, user: string, password: string): Promise<number> =>
  (await send(url, GET_FOLDER, { authorization: basic(user, password) })).status;

t.test('the first password that comes is enrolled, and no other', async (t) => {
  const stack = await startStack(t, {
    callers: dave,
    prepare: ({ exchange }) => exchange.mailboxes.push(newMailbox(DAVE)),
  });
  t.equal(await post(stack, DAVE, `${PLANTED}-1`), 401, 'without a window nobody is let in');
  t.match(
    stack.log().findLast(({ msg }) => msg === 'sign-in refused'),
    { refusal: 'no-password-yet' },
  );
  const command = enrol(t, stack, dave, DAVE, '--for', '90s');
  t.equal(await command.ended, 0, command.stderr);
  t.match(command.stdout, /^Until 20.* the first password that comes for dave@contoso\.test is enrolled/);
  t.match(JSON.parse((await send(`${stack.admin}/enrolments`, null)).text), {
    windows: [{ name: DAVE, until: /^20/ }],
  });
  t.equal(await post(stack, BOB, 'wrong'), 401, 'it is open for that caller only');
  const statuses = await Promise.all(['2', '3', '4'].map((password) => post(stack, DAVE, `${PLANTED}-${password}`)));
  t.equal(statuses.filter((status) => status === 200).length, 1, 'of several at once, one');
  t.same(JSON.parse((await send(`${stack.admin}/enrolments`, null)).text), { windows: [] });
  t.ok(stack.log().some(({ msg, caller }) => caller === DAVE && String(msg).startsWith('password learned')));
  const right = `${PLANTED}-${['2', '3', '4'][statuses.indexOf(200)]}`;
  t.equal(await post(stack, DAVE, right), 200);
  t.equal(await post(stack, DAVE, `${PLANTED}-1`), 401);

  const file = join(dirname(stack.configFile), 'gateway-state.json');
  t.notMatch(readFileSync(file, 'utf8'), PLANTED, 'kept as a hash');
  if (process.platform !== 'win32') t.equal(statSync(file).mode & 0o777, 0o600);
  // A gateway that starts again knows it.
  const again = new Gateway(
    loadConfig(stack.configFile, { environment: { SECRET } }),
    createLogger({ level: 'silent', format: 'json' }),
    { hashing: FAST_HASHING },
  );
  await stack.gateway.close();
  await again.start();
  t.teardown(() => again.close());
  t.equal(
    (await send(`${again.urls[0]}/ews/exchange.asmx`, GET_FOLDER, { authorization: basic(DAVE, right) })).status,
    200,
  );
});

t.test('a caller that has a password needs --replace, one that is not there cannot be enrolled', async (t) => {
  const stack = await startStack(t);
  const plain = enrol(t, stack, '', BOB);
  t.equal(await plain.ended, 1);
  t.match(plain.stderr, /bob@contoso\.test has a password already\. Use --replace/);
  const nobody = enrol(t, stack, '', 'nobody@contoso.test');
  t.equal(await nobody.ended, 1);
  t.match(nobody.stderr, /There is no caller nobody@contoso\.test/);
  const replace = enrol(t, stack, '', BOB, '--replace');
  t.equal(await replace.ended, 0);
  t.equal(await post(stack, BOB, `${PLANTED}-new`), 200);
  t.equal(
    (await send(stack.url, GET_FOLDER, { authorization: basic(BOB) })).status,
    401,
    'the old one no longer counts',
  );
});

t.test('the old password does not use the window up, and loses what it had earned with the new one', async (t) => {
  const stack = await startStack(t, { yaml: 'lockout: { failuresPerName: 10 }' });
  t.equal((await send(stack.url, GET_FOLDER, { authorization: basic(BOB) })).status, 200, 'it is remembered');
  await stack.reload();
  const replace = enrol(t, stack, '', BOB, '--replace');
  t.equal(await replace.ended, 0);
  for (const spelling of [BOB, BOB.toUpperCase()])
    t.equal((await send(stack.url, GET_FOLDER, { authorization: basic(spelling) })).status, 200);
  t.match(JSON.parse((await send(`${stack.admin}/enrolments`, null)).text), { windows: [{ name: BOB }] });
  t.equal(await post(stack, BOB, `${PLANTED}-new`), 200);
  t.same(JSON.parse((await send(`${stack.admin}/enrolments`, null)).text), { windows: [] });
  for (let count = 0; count < 10; count++) await post(stack, BOB, `${PLANTED}-wrong-${count}`);
  t.equal((await send(stack.url, GET_FOLDER, { authorization: basic(BOB) })).status, 401);
  t.match(
    stack.log().findLast(({ msg }) => msg === 'sign-in refused'),
    { refusal: 'locked' },
    'locked like any other',
  );
  t.equal(await post(stack, BOB, `${PLANTED}-new`), 200, 'but the new one is not');
});

t.test('the window is not for other addresses, and times are checked', async (t) => {
  const far = `  - { username: ${DAVE}, from: [10.0.0.0/8] }`;
  const stack = await startStack(t, { callers: far });
  t.equal(await enrol(t, stack, far, DAVE).ended, 0);
  t.equal(await post(stack, DAVE, `${PLANTED}-1`), 401);
  t.match(
    JSON.parse((await send(`${stack.admin}/enrolments`, null)).text),
    { windows: [{ name: DAVE }] },
    'still open',
  );
  for (const time of ['0m', '25h', 'soon', '-1m']) {
    const command = enrol(t, stack, far, DAVE, `--for=${time}`);
    t.equal(await command.ended, 2);
    t.match(command.stderr, /a time like 90s, 15m or 2h, at most 24h/);
  }
});

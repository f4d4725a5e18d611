import { mock } from 'node:test';
import t from 'tap';
import { Lockout } from '../../src/callers/lockout.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
import { ALICE, basic, BOB, CHEAP, LOCKOUT, send, startStack } from '../support/stack.ts';
const FEW = 'lockout: { failuresPerName: 10, namesPerAddress: 5 }';

t.test('a name that fails too often is locked, which looks like a wrong password', async (t) => {
  const { url, log } = await startStack(t, { yaml: FEW });
  const wrong = await send(url, GET_FOLDER, { authorization: basic(BOB, 'wrong') });
  for (let count = 1; count < 10; count++) await send(url, GET_FOLDER, { authorization: basic(BOB, `wrong ${count}`) });
  const right = await send(url, GET_FOLDER, { authorization: basic(BOB) });
  t.equal(right.status, 401, 'also the right password is refused now');
  t.same(
    { ...right, headers: { ...right.headers, date: '' } },
    { ...wrong, headers: { ...wrong.headers, date: '' } },
    'the same answer to the last byte',
  );
  t.match(
    log().find(({ locked }) => locked === 'name'),
    { subject: BOB, until: /^20/, msg: /locked/ },
  );
  t.match(
    log().findLast(({ msg }) => msg === 'sign-in refused'),
    { refusal: 'locked', username: BOB, lockedUntil: /^20/ },
  );
  t.equal(
    (await send(url, GET_FOLDER, { authorization: basic(ALICE) })).status,
    200,
    'another caller of the same address is not locked',
  );
});

t.test('who was let in before goes on, also over a reload', async (t) => {
  const { url, post, reload } = await startStack(t, { yaml: FEW });
  t.equal((await post(GET_FOLDER)).status, 200);
  for (let count = 0; count < 12; count++)
    await send(url, GET_FOLDER, { authorization: basic(ALICE, `wrong ${count}`) });
  t.equal((await send(url, GET_FOLDER, { authorization: basic(ALICE, 'wrong') })).status, 401);
  t.equal((await post(GET_FOLDER)).status, 200);
  await reload();
  t.equal((await post(GET_FOLDER)).status, 200);
});

t.test('a password that was corrected in the configuration works at once', async (t) => {
  const dave = (hash: string): string =>
    `  - { username: dave@contoso.test, mailbox: ${BOB}, password: { hash: "${hash}" } }`;
  const stack = await startStack(t, {
    yaml: FEW,
    callers: dave(await hashPassword('PLANTED-old', CHEAP)),
    logLevel: 'warn',
  });
  const attempt = async (): Promise<number> =>
    (await send(stack.url, GET_FOLDER, { authorization: basic('dave@contoso.test', 'PLANTED-new') })).status;
  for (let count = 0; count < 12; count++) t.equal(await attempt(), 401);
  stack.writeConfig({
    yaml: FEW,
    callers: dave(await hashPassword('PLANTED-new', CHEAP)),
    alice: `    mayImpersonate: [${BOB}]`,
  });
  await stack.reload();
  t.equal(await attempt(), 200);
});

t.test('an address from which many names fail is locked, one where one name fails often is not', async (t) => {
  const { url, admin } = await startStack(t, { yaml: FEW });
  for (let count = 0; count < 30; count++) await send(url, GET_FOLDER, { authorization: basic('nobody', `x${count}`) });
  t.same(JSON.parse((await send(`${admin}/lockouts`, null)).text), { locks: [] });
  for (let count = 0; count < 5; count++) await send(url, GET_FOLDER, { authorization: basic(`nobody-${count}`, 'x') });
  t.match(JSON.parse((await send(`${admin}/lockouts`, null)).text), {
    locks: [{ kind: 'address', subject: '127.0.0.1', until: /^20/ }],
  });
  t.equal((await send(url, GET_FOLDER, { authorization: basic(BOB) })).status, 401);
});

t.test('each lock is longer than the one before, up to a limit, and a right password forgets them', async (t) => {
  // The limiter has no clock of its own.
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.parse('2026-11-24T12:00:00Z') });
  t.teardown(() => mock.timers.reset());
  const lockout = new Lockout({ ...LOCKOUT, failuresPerName: 2, firstLockSeconds: 1, longestLockSeconds: 3 });
  const lockTime = async (): Promise<number> => {
    await lockout.failed(ALICE, '10.0.0.1', true);
    const [lock] = await lockout.failed(ALICE, '10.0.0.1', true);
    return Math.round(((lock?.until.getTime() ?? 0) - Date.now()) / 1000);
  };
  const over = async (seconds: number): Promise<void> => {
    mock.timers.tick(seconds * 1000 - 1);
    t.ok(await lockout.lockedUntil(ALICE, '10.0.0.1'), 'until its end');
    mock.timers.tick(1);
    t.notOk(await lockout.lockedUntil(ALICE, '10.0.0.1'), 'and no longer');
  };
  t.equal(await lockTime(), 1);
  await over(1);
  t.equal(await lockTime(), 2);
  await over(2);
  t.equal(await lockTime(), 3, 'not 4');
  await over(3);
  await lockout.succeeded(ALICE);
  t.equal(await lockTime(), 1);
});

t.test('addresses of one IPv6 network count together, IPv4 in either form too', async (t) => {
  const lockout = new Lockout({ ...LOCKOUT, namesPerAddress: 3 });
  for (const [index, address] of ['2001:db8:0:1::1', '2001:0db8::1:0:0:0:2', '2001:db8:0:1:ffff::3'].entries())
    await lockout.failed(`n${index}`, address, false);
  t.ok(await lockout.lockedUntil('x', '2001:db8:0:1::99'));
  t.notOk(await lockout.lockedUntil('x', '2001:db8:0:2::1'));
  for (let index = 0; index < 3; index++) await lockout.failed(`n${index}`, '::ffff:10.0.0.9', false);
  t.ok(await lockout.lockedUntil('x', '10.0.0.9'));
  t.notOk(await lockout.lockedUntil('x', '10.0.0.8'));
});

t.test('a locked name and a wrong address cost no computation', async (t) => {
  const { url, log } = await startStack(t, { yaml: FEW, alice: '    from: [10.0.0.0/8]' });
  for (let count = 0; count < 10; count++) await send(url, GET_FOLDER, { authorization: basic(BOB, `wrong ${count}`) });
  // More at once than may compute and wait: were there anything to compute, some would be told so.
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, count) =>
      send(url, GET_FOLDER, { authorization: basic(count % 2 === 0 ? ALICE : BOB, `w${count}`) }),
    ),
  );
  t.same([...new Set(answers.map(({ status }) => status))], [401]);
  await eventually(() => log().filter(({ refusal }) => refusal === 'source-address').length === 100);
});

import { mock } from 'node:test';
import t from 'tap';
import { Lockout } from '../../src/callers/lockout.ts';
import { MemoryLockoutStore } from '../../src/callers/lockout-store.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
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
    log().find(({ kind }) => kind === 'name'),
    { locked: BOB, kind: 'name', until: /^20/, msg: /locked/ },
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
    locks: [{ kind: 'address', key: '127.0.0.1', until: /^20/ }],
  });
  t.equal((await send(url, GET_FOLDER, { authorization: basic(BOB) })).status, 401);
});

t.test('each lock is longer than the one before, up to a limit, until a right password or a day goes by', async (t) => {
  let now = 1_000;
  const store = new MemoryLockoutStore(() => now);
  const lockout = new Lockout({ ...LOCKOUT, failuresPerName: 2, firstLockSeconds: 1, longestLockSeconds: 3 }, store);
  const lockFor = async (seconds: number): Promise<void> => {
    t.same(await lockout.failed(ALICE, '10.0.0.1', true), [], 'not at the first failure');
    t.match(await lockout.failed(ALICE, '10.0.0.1', true), [{ kind: 'name', key: ALICE }]);
    t.same(await lockout.failed(ALICE, '10.0.0.1', true), [], 'once');
    now += seconds * 1000 - 1;
    t.ok(await lockout.lockedUntil(ALICE, '10.0.0.1'), 'until its end');
    now += 1;
    t.notOk(await lockout.lockedUntil(ALICE, '10.0.0.1'), 'and no longer');
    await store.delete('name-failures', ALICE);
  };
  await lockFor(1);
  await lockFor(2);
  await lockFor(3);
  await lockout.succeeded(ALICE);
  await lockFor(1);
  await lockFor(2);
  now += 86_400_000;
  await lockFor(1);
});

t.test('a right password resets the count', async (t) => {
  const { url, admin } = await startStack(t, { yaml: FEW });
  const attempt = async (password?: string): Promise<number> =>
    (await send(url, GET_FOLDER, { authorization: basic(BOB, password) })).status;
  for (let count = 0; count < 9; count++) await attempt(`wrong ${count}`);
  t.equal(await attempt(), 200);
  for (let count = 0; count < 9; count++) await attempt(`wrong ${count}`);
  t.same(JSON.parse((await send(`${admin}/lockouts`, null)).text), { locks: [] });
});

t.test('unlocking says whether something was locked, and resets its count', async (t) => {
  const lockout = new Lockout({ ...LOCKOUT, failuresPerName: 1, namesPerAddress: 2 });
  for (const name of [ALICE, BOB]) await lockout.failed(name, '10.0.0.1', true);
  t.same((await lockout.locks()).map(({ kind, key }) => `${kind} ${key}`).toSorted(), [
    'address 10.0.0.1',
    `name ${ALICE}`,
    `name ${BOB}`,
  ]);
  t.same(await lockout.failed(ALICE, '10.0.0.2', true), [], 'it is locked already');
  t.equal(await lockout.unlock(ALICE.toUpperCase()), true);
  t.equal(await lockout.unlock(ALICE), false, 'it is not locked any more');
  t.equal(await lockout.unlock('10.0.0.1'), true);
  t.equal(await lockout.lockedUntil(ALICE, '10.0.0.1'), undefined);
  t.ok(await lockout.lockedUntil(BOB, '10.0.0.1'), 'the others stay locked');
});

t.test('what has led to a lock does not lead to the next one', async (t) => {
  let now = 1_000;
  const lockout = new Lockout({ ...LOCKOUT, failuresPerName: 2 }, new MemoryLockoutStore(() => now));
  for (let count = 0; count < 2; count++) await lockout.failed(ALICE, '10.0.0.1', true);
  now += LOCKOUT.firstLockSeconds * 1000;
  t.same(await lockout.failed(ALICE, '10.0.0.1', true), [], 'the first failure after it');
});

t.test('failures are forgotten after the window', async (t) => {
  let now = 1_000;
  const lockout = new Lockout({ ...LOCKOUT, failuresPerName: 2 }, new MemoryLockoutStore(() => now));
  await lockout.failed(ALICE, '10.0.0.1', true);
  now += LOCKOUT.windowSeconds * 1000;
  t.same(await lockout.failed(ALICE, '10.0.0.1', true), []);
  now += LOCKOUT.windowSeconds * 1000 - 1;
  t.match(await lockout.failed(ALICE, '10.0.0.1', true), [{ kind: 'name' }]);
});

t.test('setting the clock neither ends a lock nor makes it longer', async (t) => {
  const HOURS = 7_200_000;
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-24T12:00:00Z') });
  t.teardown(() => mock.timers.reset());
  const lockout = new Lockout({ ...LOCKOUT, failuresPerName: 1 });
  await lockout.failed(ALICE, '10.0.0.1', true);
  for (const time of [Date.now() + HOURS, Date.now() - HOURS]) {
    mock.timers.setTime(time);
    const left = ((await lockout.lockedUntil(ALICE, '10.0.0.1'))?.getTime() ?? 0) - time;
    t.ok(left > 50_000 && left <= 60_000, `${left} ms are left`);
  }
});

t.test('made-up names and networks do not push a lock out', async (t) => {
  const lockout = new Lockout({ ...LOCKOUT, failuresPerName: 1 }, new MemoryLockoutStore(undefined, 100));
  await lockout.failed(ALICE, '10.0.0.1', true);
  for (let count = 0; count < 1_000; count++)
    await lockout.failed(`nobody-${count}`, `10.1.${count >> 8}.${count & 255}`, false);
  t.ok(await lockout.lockedUntil(ALICE, '10.0.0.1'));
  t.match(await lockout.locks(), [{ kind: 'name', key: ALICE }]);
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
  const { url, gateway } = await startStack(t, { yaml: FEW, alice: '    from: [10.0.0.0/8]' });
  for (let count = 0; count < 10; count++) await send(url, GET_FOLDER, { authorization: basic(BOB, `wrong ${count}`) });
  // More at once than may compute and wait: were there anything to compute, some would be told so.
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, count) =>
      send(url, GET_FOLDER, { authorization: basic(count % 2 === 0 ? ALICE : BOB, `w${count}`) }),
    ),
  );
  t.same([...new Set(answers.map(({ status }) => status))], [401]);
  const counted = await gateway.metrics.registry.metrics();
  t.match(counted, 'ews_gateway_refused_credentials_total{reason="source-address"} 100');
});

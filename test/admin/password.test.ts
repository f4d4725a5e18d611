import { networkInterfaces } from 'node:os';
import t from 'tap';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { basic, CHEAP, PLANTED, send, startStack } from '../support/stack.ts';

const HASH = await hashPassword(`${PLANTED}-admin`, CHEAP);
const PASSWORD = `password: { hash: "${HASH}" }`;

t.test('with a password, every path asks for it', async (t) => {
  const { admin } = await startStack(t, { adminMore: `${PASSWORD}, hosts: ["gate.contoso.test"]` });
  for (const path of ['/status', '/metrics', '/readyz', '/requests', '/lockouts']) {
    const { status, headers } = await send(admin + path, null);
    t.equal(status, 401, path);
    t.match(headers['www-authenticate'], /^Basic realm=/);
  }
  t.equal((await send(`${admin}/healthz`, null)).status, 200, 'but for what only says that the process lives');
  t.equal((await send(`${admin}/status`, null, { authorization: basic('admin', `${PLANTED}-admin`) })).status, 200);
  t.equal(
    (
      await send(`${admin}/status`, null, {
        authorization: basic('admin', `${PLANTED}-admin`),
        host: 'gate.contoso.test:8026',
      })
    ).status,
    200,
    'by a name from hosts',
  );
  t.equal(
    (await send(`${admin}/status`, null, { authorization: basic('admin', `${PLANTED}-admin`), host: 'evil.test' }))
      .status,
    421,
  );
});

t.test('wrong passwords are looked at one by one, and who is in stays in', async (t) => {
  const { admin } = await startStack(t, { adminMore: PASSWORD });
  const right = { authorization: basic('admin', `${PLANTED}-admin`) };
  t.equal((await send(`${admin}/lockouts`, null, right)).status, 200);
  const startedAt = Date.now();
  const wrong = [1, 2, 3].map(
    async (index) => (await send(`${admin}/lockouts`, null, { authorization: basic('admin', `wrong${index}`) })).status,
  );
  t.equal((await send(`${admin}/lockouts`, null, right)).status, 200, 'at once');
  t.ok(Date.now() - startedAt < 900);
  t.same(await Promise.all(wrong), [401, 401, 401]);
  t.ok(Date.now() - startedAt >= 2_000, 'a second between them');
  t.equal((await send(`${admin}/lockouts`, null, { authorization: basic('root', `${PLANTED}-admin`) })).status, 401);
});

t.test('an address other machines reach', async (t) => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((entry) => entry !== undefined && !entry.internal && entry.family === 'IPv4')?.address;
  if (address === undefined) return t.pass('this machine has none');
  const { admin } = await startStack(t, {
    admin: `http://${address}:0`,
    adminMore: `${PASSWORD}, allowPlainHttp: true`,
  });
  t.equal((await send(`${admin}/lockouts`, null)).status, 401);
  t.equal(
    (await send(`${admin}/lockouts`, null, { authorization: basic('admin', `${PLANTED}-admin`) })).status,
    200,
    'under its own number',
  );
  const all = await startStack(t, { admin: 'http://0.0.0.0:0', adminMore: `${PASSWORD}, allowPlainHttp: true` });
  const port = new URL(all.admin).port;
  t.equal(
    (await send(`http://${address}:${port}/status`, null, { authorization: basic('admin', `${PLANTED}-admin`) }))
      .status,
    200,
    'also where it listens on all',
  );
});

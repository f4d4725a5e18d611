import t from 'tap';
import { Sessions } from '../../src/admin/sessions.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { basic, CHEAP, PLANTED, send, startStack } from '../support/stack.ts';

const HOUR = 3_600_000;

t.test('a session ends eight hours after its last use', (t) => {
  let now = 1_000_000;
  const sessions = new Sessions(() => now);
  const cookie = valueOf(sessions.cookie('hash', '192.0.2.7', true));
  t.equal(sessions.find(cookie, 'hash', '192.0.2.7'), 'valid');
  t.equal(sessions.find(`theme=dark; ${cookie}; other=1`, 'hash', '192.0.2.7'), 'valid', 'among other cookies');
  now += 8 * HOUR;
  t.equal(sessions.find(cookie, 'hash', '192.0.2.7'), 'to-renew');
  now += 1;
  t.equal(sessions.find(cookie, 'hash', '192.0.2.7'), 'none');
  t.end();
});

t.test('it goes by the clock that never jumps', (t) => {
  const cookie = new Sessions().cookie('hash', '192.0.2.7', true);
  const used = Number(/=(\d+)\./.exec(cookie)?.[1]);
  t.ok(used > 0 && used <= performance.now(), 'setting the clock back keeps no session open');
  t.end();
});

t.test('it is bound to the password, to the network and to the process', (t) => {
  const sessions = new Sessions();
  const cookie = valueOf(sessions.cookie('hash', '192.0.2.7', false));
  t.equal(sessions.find(cookie, 'hash', '192.0.2.200'), 'valid', 'another address of the same network');
  t.equal(sessions.find(cookie, 'other hash', '192.0.2.7'), 'none');
  t.equal(sessions.find(cookie, 'hash', '192.0.3.7'), 'none');
  t.equal(new Sessions().find(cookie, 'hash', '192.0.2.7'), 'none');
  const later = cookie.replace(/=(\d+)/, (_, seen) => `=${Number(seen) + HOUR}`);
  t.equal(sessions.find(later, 'hash', '192.0.2.7'), 'none', 'nobody prolongs it');
  t.equal(sessions.find(undefined, 'hash', '192.0.2.7'), 'none');
  t.end();
});

t.test('browsers get a cookie that no script reads and no other site sends', async (t) => {
  const hash = await hashPassword(`${PLANTED}-admin`, CHEAP);
  const { admin } = await startStack(t, { adminMore: `password: { hash: "${hash}" }` });
  const authorization = basic('admin', `${PLANTED}-admin`);
  const { headers } = await send(`${admin}/status`, null, { authorization, accept: 'text/html,*/*' });
  const cookie = String(headers['set-cookie']);
  t.match(cookie, /^ews-gateway-admin=\d+\.[\w-]{43}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict$/);
  t.match(new Sessions().cookie('hash', '192.0.2.7', true), /; Secure$/, 'over https nowhere else');
  t.equal((await send(`${admin}/lockouts`, null, { cookie: valueOf(cookie) })).status, 200);
  t.equal((await send(`${admin}/lockouts`, null, { cookie: 'ews-gateway-admin=1.x' })).status, 401);
  t.equal((await send(`${admin}/lockouts`, null, { authorization })).headers['set-cookie'], undefined, 'not commands');
});

function valueOf(setCookie: string): string {
  return setCookie.split(';', 1)[0] ?? '';
}

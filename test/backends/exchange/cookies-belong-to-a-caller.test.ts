import t from 'tap';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { ALICE, basic, BOB, send, startStack } from '../../support/stack.ts';

const pairs = (setCookie: string | string[] | undefined): string[] =>
  [setCookie ?? []].flat().map((line) => line.split(';')[0] ?? '');

t.test("Exchange's cookies are usable for the client and come back to Exchange", async (t) => {
  const { post, simulator } = await startStack(t);
  const first = await post(GET_FOLDER);
  const lines = [first.headers['set-cookie'] ?? []].flat();
  t.equal(lines.length, 2);
  for (const line of lines) {
    t.match(line, /; Path=\/(;|$)/, 'for every path');
    t.notMatch(line, /domain=/i, 'for this host');
    t.notMatch(line, /secure/i, 'on plain HTTP too');
    t.match(line, /HttpOnly/);
  }
  await post(GET_FOLDER, { cookie: `theme=dark; ${pairs(lines).join('; ')}` });
  const { cookie } = simulator.exchange.requests.at(-1)?.headers ?? {};
  t.match(
    cookie,
    /^exchangecookie=[0-9a-f]{32}; X-BackEndCookie=S-1-5-21=[\w+/=]{20}$/,
    'as Exchange gave them, and no other',
  );
});

t.test('cookies of one caller never travel for another', async (t) => {
  const { url, post, simulator } = await startStack(t);
  const cookie = pairs((await post(GET_FOLDER)).headers['set-cookie']).join('; ');
  await send(url, GET_FOLDER, { authorization: basic(BOB), cookie });
  t.equal(simulator.exchange.requests.at(-1)?.headers.cookie, undefined);
  await send(url, GET_FOLDER, { authorization: basic(ALICE), cookie });
  t.ok(simulator.exchange.requests.at(-1)?.headers.cookie, 'but for its own');
});

t.test('made-up and changed cookies do not travel', async (t) => {
  const { post, simulator } = await startStack(t);
  const [real = ''] = pairs((await post(GET_FOLDER)).headers['set-cookie']);
  const forged = [
    'exchangecookie=x',
    real.replace('=', '=0'),
    `${real}0`,
    real.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    real.replace('exchangecookie', 'X-BackEndCookie'),
    `exchangecookie=ü.${real.slice(-22)}`,
    '=',
    ';;',
    'a'.repeat(20_000),
  ];
  for (const cookie of forged) {
    t.equal((await post(GET_FOLDER, { cookie: Buffer.from(cookie).toString('latin1') })).status, 200);
    t.equal(simulator.exchange.requests.at(-1)?.headers.cookie, undefined, cookie.slice(0, 60));
  }
});

import { createHash } from 'node:crypto';
import t from 'tap';
import { request } from 'undici';
import { exchangeFault } from '../../src/simulator/exchange/exchange.ts';
import { envelope, GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, BOB, send, startStack } from '../support/stack.ts';

t.test('it tells of registrations, callers and requests', async (t) => {
  const { admin, post } = await startStack(t, {
    registration: '    credential: { secret: { env: SECRET }, expires: "2099-01-01" }',
    callers: '  - username: "@fabrikam.test"',
  });
  await post(GET_FOLDER, { 'user-agent': 'OldImporter/1.0' });
  await post(envelope('<m:SendItem/>'));
  const { text, headers } = await send(`${admin}/status`, null);
  t.match(text, /<strong>contoso<\/strong>/);
  t.match(text, /<span class="badge good">valid<\/span>/, 'the token');
  t.match(text, /\d+ days left/, 'the secret');
  for (const name of [ALICE, BOB, 'CONTOSO\\carol', '@fabrikam.test'])
    t.ok(text.includes(`<strong>${name}</strong>`), name);
  t.match(text, /OldImporter\/1\.0/);
  t.match(
    text,
    /OPERATION_DENIED[^]*Add what is missing to &#39;operations&#39; of caller alice@contoso\.test/,
    'a failure with its explanation',
  );
  t.match(text, /✗ 1 problem</);
  t.equal(text.match(/<svg /g)?.length, 2);
  const policy = String(headers['content-security-policy']);
  t.match(policy, /^default-src 'none'; style-src 'sha256-/);
  const script = /<script>([^]*?)<\/script>/.exec(text)?.[1] ?? '';
  t.ok(policy.includes(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`));
  t.equal(headers['cache-control'], 'no-store');
  t.equal(text.match(/<script/g)?.length, 1, 'nothing but its own script');
  t.notMatch(text, / src=|href="http/, 'it loads nothing');
  const redirected = await request(`${admin}/`);
  await redirected.body.dump();
  t.equal(redirected.headers['location'], '/status');
});

t.test('what clients send does not become part of the page', async (t) => {
  const { admin, post, simulator } = await startStack(t, { callers: '  - username: "<b>x</b>@evil.test"' });
  await post(GET_FOLDER, { 'user-agent': '"><script>alert(1)</script>' });
  await post(GET_FOLDER, { authorization: basic('<img src=x onerror=alert(1)>', 'wrong') });
  simulator.exchange.script.add({
    status: 500,
    headers: { 'content-type': 'text/xml' },
    body: exchangeFault('ErrorX', '<script>alert(2)</script>'),
  });
  await post(GET_FOLDER);
  const { text } = await send(`${admin}/status`, null);
  t.equal(text.match(/<script/g)?.length, 1, "the page's own");
  t.notMatch(text, /<img|<b>/);
  t.match(text, /&lt;img src=x onerror=alert\(1\)&gt;/);
  t.match(text, /ErrorX: &lt;script&gt;alert\(2\)&lt;\/script&gt;/);
  t.match(text, /&quot;&gt;&lt;script&gt;/);
});

t.test('the Test button needs its own page', async (t) => {
  const { admin, simulator } = await startStack(t);
  const token = /name="token" value="([\w-]+)"/.exec((await send(`${admin}/status`, null)).text)?.[1] ?? '';
  const press = async (
    body: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; location: string }> => {
    const response = await request(`${admin}/status/test`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });
    await response.body.dump();
    return { status: response.statusCode, location: String(response.headers['location']) };
  };
  const username = encodeURIComponent(ALICE);
  t.equal((await press(`username=${username}`)).status, 403);
  t.equal((await press(`username=${username}&token=guess`)).status, 403);
  t.equal((await press(`username=${username}&token=${token}`, { 'sec-fetch-site': 'cross-site' })).status, 403);
  t.equal((await press(`username=${username}&token=${token}`, { host: 'evil.test' })).status, 421);
  t.equal(simulator.exchange.requests.length, 0, 'nothing was done');
  t.equal((await press(`username=nobody&token=${token}`)).status, 404);
  const { status, location } = await press(`username=${username}&token=${token}`, { 'sec-fetch-site': 'same-origin' });
  t.equal(status, 303);
  const { text } = await send(new URL(location, admin).href, null);
  t.match(text, /Test of alice@contoso\.test <span class="badge good">passed/);
  t.match(text, /0 unread/);
  t.notMatch((await send(`${admin}/status?result=made-up`, null)).text, /Test of/);
});

t.test('a locked name can be unlocked', async (t) => {
  const { admin, url } = await startStack(t, { yaml: 'lockout: { failuresPerName: 10 }' });
  for (let index = 0; index < 10; index++)
    await send(url, GET_FOLDER, { authorization: basic(BOB, `PLANTED-${index}`) });
  const page = (await send(`${admin}/status`, null)).text;
  t.match(page, /bob@contoso\.test is locked until/);
  const token = /name="token" value="([\w-]+)"/.exec(page)?.[1] ?? '';
  const response = await request(`${admin}/status/unlock`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `token=${token}&username=${encodeURIComponent(BOB)}`,
  });
  await response.body.dump();
  t.equal(response.statusCode, 303);
  t.notMatch((await send(`${admin}/status`, null)).text, /is locked until/);
});

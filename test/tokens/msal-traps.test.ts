/** What @azure/msal-node does by itself and must not reach a caller. */
import t from 'tap';
import { TokenSource } from '../../src/tokens/token-source.ts';
import { giveToken, tokenEndpoint } from '../support/entra.ts';

t.test('it does not coalesce: a source does', async (t) => {
  const { fetch, requests } = await tokenEndpoint(t, (response) => giveToken(response));
  const source = new TokenSource(fetch);
  t.teardown(() => source.close());
  await Promise.all(Array.from({ length: 200 }, () => source.get()));
  t.equal(requests(), 1);
});

t.test('it resolves with an empty token where a 5xx has no error fields', async (t) => {
  for (const body of ['<html>Bad gateway</html>', '{}', '']) {
    const { fetch } = await tokenEndpoint(
      t,
      (response) => void response.writeHead(502, { 'content-type': 'text/html' }).end(body),
    );
    await t.rejects(fetch(), { code: 'TOKEN_UNAVAILABLE', transient: true, message: /answers 502/ }, `body ${body}`);
  }
});

t.test('an answer of 200 that holds no token is an error', async (t) => {
  for (const body of [
    '<html>Sign in to the wireless network</html>',
    '{}',
    '{"token_type":"Bearer","expires_in":3599,"access_token":""}',
  ]) {
    const { fetch } = await tokenEndpoint(
      t,
      (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(body),
    );
    await t.rejects(fetch(), { code: 'TOKEN_UNAVAILABLE', message: /not a token.*captive portal/ }, `body ${body}`);
  }
});

t.test('after a 5xx or 429 it refuses by itself for a minute: the gateway decides when to ask again', async (t) => {
  let broken = true;
  const { fetch, requests } = await tokenEndpoint(t, (response) => {
    if (broken) response.writeHead(429, { 'retry-after': '1' }).end('{}');
    else giveToken(response);
  });
  await t.rejects(fetch(), { code: 'TOKEN_UNAVAILABLE', transient: true, retryAfter: 1_000 });
  broken = false;
  t.equal((await fetch()).value, 'a-token');
  t.equal(requests(), 2);
});

t.test('its POST has no time-out: the gateway has one', async (t) => {
  const { fetch } = await tokenEndpoint(t, () => undefined, 200);
  await t.rejects(fetch(), { code: 'TOKEN_UNAVAILABLE', message: /cannot be reached \(no answer in 0.2 s\)/ });
});

t.test('a network error names host and reason', async (t) => {
  const { fetch } = await tokenEndpoint(t, (response) => void response.destroy());
  await t.rejects(fetch(), { code: 'TOKEN_UNAVAILABLE', message: /localhost:\d+ cannot be reached/ });
});

t.test('the last 300 s of a token count as ended, and refresh_in is awaited: the gateway uses them', async (t) => {
  const { fetch, requests } = await tokenEndpoint(t, (response) => giveToken(response, 200, { refresh_in: 1 }));
  const source = new TokenSource(fetch);
  t.teardown(() => source.close());
  const first = await source.get();
  t.equal(source.get(), first, 'at once, and the same');
  t.equal(requests(), 1);
});

t.test('a token that has really ended is not used', async (t) => {
  const { fetch, requests } = await tokenEndpoint(t, (response) => giveToken(response, 10));
  const source = new TokenSource(fetch);
  t.teardown(() => source.close());
  await source.get();
  await source.get();
  t.equal(requests(), 2);
});

t.test('a network error during renewal does not reach anybody while the token is valid', async (t) => {
  let count = 0;
  let seen: () => void = () => undefined;
  const failed = new Promise<void>((resolve) => (seen = resolve));
  const { fetch } = await tokenEndpoint(t, (response) =>
    ++count === 1 ? giveToken(response) : void response.destroy(),
  );
  const source = new TokenSource(
    async () => ({ ...(await fetch()), obtainedAt: Date.now() + 3_598_900 }),
    (event) => event.kind === 'failed' && seen(),
  );
  t.teardown(() => source.close());
  const first = await source.get();
  await failed;
  t.equal(source.get(), first);
});

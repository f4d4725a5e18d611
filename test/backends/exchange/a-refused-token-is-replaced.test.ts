import t from 'tap';
import { envelope, getFolder, GET_FOLDER } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';
import { startStack } from '../../support/stack.ts';
import { startUpstream } from '../../support/upstream.ts';

const refusal = {
  status: 401,
  headers: {
    'www-authenticate': 'Bearer error="invalid_token"',
    'x-ms-diagnostics': '2000002;reason="The token has expired.";error_category="token_expired"',
  },
};

t.test('the request is sent once more with a new token', async (t) => {
  const { post, simulator } = await startStack(t);
  await post(GET_FOLDER);
  simulator.exchange.script.add(refusal);
  const answer = await post(GET_FOLDER);
  t.equal(answer.status, 200);
  const [, refused, repeated] = simulator.exchange.requests;
  t.equal(simulator.exchange.requests.length, 3);
  t.same(repeated?.body, refused?.body, 'the same body');
  t.not(repeated?.headers.authorization, refused?.headers.authorization, 'another token');
  t.equal(simulator.entra.tokenRequests.length, 2);
});

t.test('concurrent refusals share one new token', async (t) => {
  let old: string | undefined;
  const ews = await startUpstream(t, (request, response) => {
    old ??= request.headers.authorization;
    request.resume();
    response.writeHead(request.headers.authorization === old ? 401 : 200, { 'content-type': 'text/xml' }).end('<ok/>');
  });
  const { post, simulator } = await startStack(t, { ews });
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(GET_FOLDER)));
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]));
  t.equal(simulator.entra.tokenRequests.length, 2);
});

t.test('refused again, the client is told to come back, never 401', async (t) => {
  const { post, simulator } = await startStack(t);
  simulator.exchange.script.add({ ...refusal, times: 100 });
  for (let count = 0; count < 5; count++) {
    const { text, backOff = 0 } = readFault(t, await post(GET_FOLDER), 'ErrorServerBusy');
    t.match(text, /does not accept the token of registration 'contoso' \("The token has expired."\)/);
    t.match(text, /gets another one in [1-5] s\. If that is refused too, check 'cloud'/);
    t.ok(backOff >= 1_000 && backOff <= 5_000, `comes back when there is another one: ${backOff} ms`);
  }
  t.equal(simulator.entra.tokenRequests.length, 2, 'without hammering Entra');
});

t.test('a missing permission is named', async (t) => {
  const { post, simulator } = await startStack(t, {
    prepare: ({ entra }) => (entra.apps = entra.apps.map((app) => ({ ...app, roles: [] }))),
  });
  t.match(readFault(t, await post(GET_FOLDER), 'ErrorServerBusy').text, /full_access_as_app/);
  simulator.exchange.settings.rbacApps = new Set(simulator.entra.apps.map(({ clientId }) => clientId));
  t.equal((await post(GET_FOLDER)).status, 200, 'RBAC for Applications works without the role');
});

t.test('a body over 1 MiB cannot be sent again', async (t) => {
  const { post, simulator } = await startStack(t);
  await post(GET_FOLDER);
  simulator.exchange.script.add(refusal);
  const large = envelope(`${getFolder()}<!-- ${'x'.repeat(1_200_000)} -->`);
  const { text, backOff } = readFault(t, await post(large), 'ErrorServerBusy');
  t.match(text, /too large to be sent again/);
  t.equal(backOff, 1_000);
  t.equal((await post(large)).status, 200, 'the client tries again, with the new token');
});

t.test('a body just under 1 MiB can', async (t) => {
  const { post, simulator } = await startStack(t);
  simulator.exchange.script.add(refusal);
  t.equal((await post(envelope(`${getFolder()}<!-- ${'x'.repeat(1_000_000)} -->`))).status, 200);
});

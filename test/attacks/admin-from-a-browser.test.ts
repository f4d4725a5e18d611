/** A page in the administrator's browser tries to use the admin address. */
import t from 'tap';
import { request } from 'undici';
import { startStack } from '../support/stack.ts';

t.test('under a name of its own (DNS rebinding)', async (t) => {
  const { admin } = await startStack(t);
  const { port } = new URL(admin);
  for (const host of [`evil.test:${port}`, '127.0.0.1.evil.test', 'localhost.evil.test', 'evil.test@127.0.0.1', '']) {
    for (const path of ['/metrics', '/readyz', '/lockouts']) {
      const response = await request(`${admin}${path}`, { headers: { host } });
      await response.body.dump();
      t.not(response.statusCode, 200, `${path} as "${host}"`);
    }
  }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
    const response = await request(`${admin}/healthz`, { headers: { host } });
    await response.body.dump();
    t.equal(response.statusCode, 200, host);
  }
});

t.test('by a form of another site', async (t) => {
  const { admin } = await startStack(t);
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
    const response = await request(`${admin}/lockouts/unlock`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: '{"nameOrAddress":"bob@contoso.test"}',
    });
    await response.body.dump();
    t.ok(response.statusCode >= 400, `${type}: ${response.statusCode}`);
  }
});

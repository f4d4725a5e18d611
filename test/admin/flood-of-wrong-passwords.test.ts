/** Wrong passwords in any number keep nobody out who knows the right one. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import t from 'tap';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { basic, PLANTED, startStack } from '../support/stack.ts';
import { sample } from '../support/effort.ts';

// At the cost that real ones have.
const HASH = await hashPassword(`${PLANTED}-admin`);
const OPTIONS = { adminMore: `password: { hash: "${HASH}" }`, limits: 'shutdownSeconds: 1' };
const RIGHT = basic('admin', `${PLANTED}-admin`);

/** @returns the status that a request from an address of this machine gets, and the cookie it sets */
async function ask(
  admin: string,
  localAddress: string,
  headers: Record<string, string>,
  signal?: AbortSignal,
): Promise<{ readonly status: number; readonly cookie: string }> {
  const sent = httpRequest(`${admin}/status`, { localAddress, agent: false, headers, signal });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return {
    status: response.statusCode ?? 0,
    cookie: response.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '',
  };
}

/**
 * Sends a hundred wrong passwords a second.
 *
 * @returns once it has filled its places, so that the first one was turned away
 */
async function flood(admin: string, addresses: readonly string[]): Promise<{ readonly stop: () => Set<number> }> {
  const statuses = new Set<number>();
  const end = new AbortController();
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    timer = setInterval(() => {
      const address = addresses[sent++ % addresses.length] ?? '';
      ask(admin, address, { authorization: basic('admin', `wrong-${sent}`) }, end.signal).then(
        ({ status }) => {
          statuses.add(status);
          if (status === 429) resolve();
        },
        () => undefined,
      );
    }, 10);
  });
  return {
    stop: () => {
      clearInterval(timer);
      end.abort();
      return statuses;
    },
  };
}

for (const [what, flooding, right] of sample([
  ['of another network', ['127.0.1.1'], '127.0.2.1'],
  ['of the same network', ['127.0.1.1'], '127.0.1.2'],
  ['while many addresses of another network flood', ['127.0.1.1', '127.0.1.2', '127.0.1.3'], '127.0.2.1'],
] as const)) {
  t.test(
    `the right password ${what} gets in within two seconds`,
    { skip: process.platform === 'linux' ? false : 'one address of loopback only' },
    async (t) => {
      const { admin } = await startStack(t, OPTIONS);
      const { stop } = await flood(admin, flooding);
      const startedAt = performance.now();
      const { status } = await ask(admin, right, { authorization: RIGHT });
      const milliseconds = performance.now() - startedAt;
      const others = stop();
      t.equal(status, 200);
      t.ok(milliseconds < 2_000, `${Math.round(milliseconds)} ms`);
      t.notOk(others.has(200), 'none of the wrong ones');
    },
  );
}

t.test('who has signed in stays in, also from the address that floods', async (t) => {
  const { admin } = await startStack(t, OPTIONS);
  const { status, cookie } = await ask(admin, '127.0.0.1', { authorization: RIGHT, accept: 'text/html' });
  t.equal(status, 200);
  const { stop } = await flood(admin, ['127.0.0.1']);
  const startedAt = performance.now();
  t.equal((await ask(admin, '127.0.0.1', { cookie })).status, 200, 'by the cookie alone');
  t.equal((await ask(admin, '127.0.0.1', { authorization: RIGHT })).status, 200, 'commands by the password');
  t.ok(performance.now() - startedAt < 1_000);
  stop();
});

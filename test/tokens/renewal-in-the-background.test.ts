import t from 'tap';
import { TokenError, type AccessToken } from '../../src/tokens/entra-client.ts';
import { TokenSource, type TokenEvent } from '../../src/tokens/token-source.ts';

// The timers of a source do not keep a process alive.
const alive = setInterval(() => undefined, 1_000);
t.teardown(() => clearInterval(alive));

/** Half of its life is over at once, its end is far: what the timer sees is not what requests see. */
function token(value: string): AccessToken {
  const expiresAt = Date.now() + 60_000;
  return { value, obtainedAt: expiresAt - 100, expiresAt };
}

class Events {
  readonly seen: TokenEvent[] = [];
  #wake: () => void = () => undefined;
  readonly listener = (event: TokenEvent): void => {
    this.seen.push(event);
    this.#wake();
  };
  async count(wanted: number): Promise<void> {
    while (this.seen.length < wanted) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

t.test('a token is renewed before it ends, and nobody waits', async (t) => {
  let fetched = 0;
  const events = new Events();
  const source = new TokenSource(async () => token(`token ${++fetched}`), events.listener);
  t.teardown(() => source.close());
  t.equal((await source.get()).value, 'token 1');
  await events.count(2);
  const next = source.get();
  t.notOk(next instanceof Promise, 'at once');
  t.equal((await next).value, 'token 2');
});

t.test('while Entra is down the valid token is used, and renewal is tried again', async (t) => {
  let fetched = 0;
  const events = new Events();
  const fetch = async (): Promise<AccessToken> => {
    if (++fetched === 2) throw new TokenError('Entra is down.', { transient: true, retryAfter: 50 });
    return token(`token ${fetched}`);
  };
  const source = new TokenSource(fetch, events.listener);
  t.teardown(() => source.close());
  await source.get();
  await events.count(2);
  t.equal(events.seen[1]?.kind, 'failed');
  t.equal((await source.get()).value, 'token 1', 'still the first');
  await events.count(3);
  t.equal((await source.get()).value, 'token 3');
  t.equal(source.status().lastError, undefined);
});

t.test('a request waits for a renewal that is under way only where its token has expired', async (t) => {
  let release: () => void = () => undefined;
  let fetched = 0;
  const source = new TokenSource(async () => {
    if (++fetched > 1) await new Promise<void>((resolve) => (release = resolve));
    return token(`token ${fetched}`);
  });
  t.teardown(() => source.close());
  const first = await source.get();
  while (fetched < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(source.get(), first, 'the old one at once, during the renewal');
  release();
});

t.test('after closing nothing is renewed', async (t) => {
  let fetched = 0;
  const source = new TokenSource(async () => token(`token ${++fetched}`));
  await source.get();
  source.close();
  await new Promise((resolve) => setTimeout(resolve, 150));
  t.equal(fetched, 1);
});

import t from 'tap';
import { TokenError, type AccessToken } from '../../src/tokens/entra-client.ts';
import { TokenSource } from '../../src/tokens/token-source.ts';

t.test('Entra is not asked for half a minute where somebody must act, else for as long as it asked', async (t) => {
  for (const [error, wait] of [
    [new TokenError('The secret is wrong.', { transient: false }), 30_000],
    [new TokenError('Entra is busy.', { transient: true, retryAfter: 90_000 }), 90_000],
  ] as const) {
    let now = 1_000_000;
    let fetched = 0;
    const fetch = async (): Promise<AccessToken> => {
      if (++fetched === 1) throw error;
      return { value: 'token', obtainedAt: now, expiresAt: now + 3_600_000 };
    };
    const source = new TokenSource(fetch, undefined, () => now);
    t.teardown(() => source.close());
    const get = async (): Promise<string> => (await source.get()).value;
    await t.rejects(get(), error);
    now += wait - 1;
    await t.rejects(get(), error);
    t.equal(fetched, 1, 'not asked again before');
    now += 1;
    t.equal(await get(), 'token');
    now += 3_600_000 - 15_001;
    t.equal(await get(), 'token');
    t.equal(fetched, 2);
    now += 1;
    await get();
    t.equal(fetched, 3, 'a token that is about to end is replaced');
  }
});

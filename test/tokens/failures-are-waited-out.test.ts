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
    const source = new TokenSource(fetch, undefined, { wall: () => now, monotonic: () => now });
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

t.test('setting the clock, back or forth, changes neither waiting nor the life of a token', async (t) => {
  for (const step of [-7_200_000, 7_200_000]) {
    let [monotonic, offset, fetched] = [1_000, 1_800_000_000_000, 0];
    const wall = (): number => monotonic + offset;
    const fetch = async (): Promise<AccessToken> => {
      if (++fetched === 1) throw new TokenError('Entra is busy.', { transient: true, retryAfter: 10_000 });
      return { value: `token ${fetched}`, obtainedAt: wall(), expiresAt: wall() + 3_600_000 };
    };
    const source = new TokenSource(fetch, undefined, { wall, monotonic: () => monotonic });
    t.teardown(() => source.close());
    const get = async (): Promise<string> => (await source.get()).value;
    await t.rejects(get(), 'Entra is busy');
    offset += step;
    monotonic += 9_999;
    await t.rejects(get(), 'still to be waited for');
    monotonic += 1;
    t.equal(await get(), 'token 2', 'asked again when it is due');
    offset += step;
    monotonic += 3_600_000 - 15_001;
    t.equal(await get(), 'token 2', 'as long as it lasts');
    monotonic += 1;
    const third = await source.get();
    t.equal(third.value, 'token 3', 'and no longer');
    t.ok(source.reject(third), 'a refused token is replaced');
    const fourth = await source.get();
    offset += step;
    monotonic += 4_999;
    t.notOk(source.reject(fourth), 'not twice within five seconds');
    t.equal(source.replacementIn, 1);
    monotonic += 1;
    t.ok(source.reject(fourth));
  }
});

t.test(
  'tokens that are refused one after the other are replaced after a few seconds, then ever more rarely',
  async (t) => {
    let [now, fetched] = [0, 0];
    const fetch = async (): Promise<AccessToken> => ({
      value: `token ${++fetched}`,
      obtainedAt: now,
      expiresAt: now + 3_600_000,
    });
    const source = new TokenSource(fetch, undefined, { wall: () => now, monotonic: () => now });
    t.teardown(() => source.close());
    t.ok(source.reject(await source.get()));
    for (const wait of [5_000, 10_000, 20_000, 30_000, 30_000]) {
      const token = await source.get();
      t.equal(source.replacementIn, wait);
      now += wait - 1;
      t.notOk(source.reject(token), `not within ${wait} ms`);
      now += 1;
      t.ok(source.reject(token));
    }
    const accepted = await source.get();
    now += 120_001;
    t.ok(source.reject(accepted));
    await source.get();
    t.equal(source.replacementIn, 5_000, 'long afterwards it begins again');
  },
);

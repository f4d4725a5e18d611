import t from 'tap';
import { hashPassword, parsePasswordHash } from '../../src/callers/password-hash.ts';
import { PasswordVerifier } from '../../src/callers/password-verifier.ts';

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

t.test('who has no password to verify is made to wait as long as verifying one takes', async (t) => {
  // A pause keeps no process alive.
  const alive = setInterval(() => undefined, 1_000);
  t.teardown(() => clearInterval(alive));
  // Some milliseconds, of which a timer is precise enough.
  const hash = parsePasswordHash(await hashPassword('right', { memory: 4_096, passes: 2, parallelism: 1 }));
  if (hash === undefined) throw new Error('no hash');
  const verifier = new PasswordVerifier(0);
  const verified: number[] = [];
  for (let count = 0; count < 40; count++) verified.push(await timed(() => verifier.matches('right', hash)));
  const pretended: number[] = [];
  for (let count = 0; count < 5; count++) pretended.push(await timed(() => verifier.pretend()));
  // A loaded machine makes some longer, but not all.
  const [shortest, longest] = [Math.min(...verified), Math.max(...verified)];
  t.ok(Math.min(...pretended) <= longest + 2, `${pretended.join(', ')} and at most ${longest} ms`);
  t.ok(Math.min(...pretended) >= shortest - 2, `${pretended.join(', ')} and at least ${shortest} ms`);
});

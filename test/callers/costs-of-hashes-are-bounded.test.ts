/** A hash that would fill the memory, hold up the processor or protect nothing is none. */
import t from 'tap';
import { parsePasswordHash } from '../../src/callers/password-hash.ts';

const [SALT, HASH] = ['s'.repeat(22), 'h'.repeat(43)];
const argon2 = (m: number, passes: number, p: number): string =>
  `$argon2id$v=19$m=${m},t=${passes},p=${p}$${SALT}$${HASH}`;
const scrypt = (N: number, r: number, p: number): string => `scrypt:${N}:${r}:${p}:${SALT}:${HASH}`;

t.test('what lies just within the bounds is read', async (t) => {
  for (const [memory, passes, parallelism] of [
    [8, 1, 1],
    [32, 1, 4],
    [262_144, 16, 4],
  ] as const)
    t.match(parsePasswordHash(argon2(memory, passes, parallelism)), { kind: 'argon2id', memory, passes, parallelism });
  for (const [N, r, p] of [
    [1_024, 1, 1],
    [131_072, 8, 16],
  ] as const)
    t.match(parsePasswordHash(scrypt(N, r, p)), { kind: 'scrypt', N, r, p });
});

t.test('what lies just beyond one of them is not', async (t) => {
  for (const text of [
    argon2(7, 1, 1),
    argon2(31, 1, 4),
    argon2(262_145, 16, 4),
    argon2(64, 0, 1),
    argon2(64, 17, 1),
    argon2(64, 1, 0),
    argon2(64, 1, 5),
    scrypt(512, 8, 1),
    scrypt(1_025, 8, 1),
    scrypt(1_024, 0, 1),
    scrypt(1_024, 8, 0),
    scrypt(1_024, 8, 17),
    scrypt(131_072, 9, 1),
  ])
    t.equal(parsePasswordHash(text), undefined, text);
});

t.test('beside a hash stands at most one more, of argon2id', async (t) => {
  const one = argon2(64, 1, 1);
  t.match(parsePasswordHash(`${one} ${one}`), { questionMarks: { kind: 'argon2id' } });
  for (const text of [`${one} ${one} ${one}`, `${one} `, `${one} ${scrypt(1_024, 8, 1)}`, `${one} ${argon2(7, 1, 1)}`])
    t.equal(parsePasswordHash(text), undefined, text);
});

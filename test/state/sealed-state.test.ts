import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { ownStateKey } from '../../src/state/state-key.ts';
import { looksSealed, StateSealer, type SealBinding } from '../../src/state/state-sealer.ts';

const KEY = randomBytes(32);
const BINDING: SealBinding = {
  purpose: 'sync-items',
  backend: 'graph',
  caller: 'alice',
  mailbox: 'alice@contoso.test',
};

t.test('what was sealed comes back, whatever it is', async () => {
  const sealer = new StateSealer([KEY]);
  fc.assert(
    fc.property(fc.jsonValue(), (state) => {
      const text = JSON.stringify(state);
      t.equal(JSON.stringify(sealer.open(BINDING, sealer.seal(BINDING, JSON.parse(text)))), text);
    }),
    { numRuns: 50 },
  );
});

t.test('a seal opens for its purpose, backend, caller and mailbox only', async (t) => {
  const sealer = new StateSealer([KEY]);
  const sealed = sealer.seal(BINDING, { delta: 'x' });
  for (const key of ['purpose', 'backend', 'caller', 'mailbox'] as const)
    t.equal(sealer.open({ ...BINDING, [key]: 'other' }, sealed), undefined, key);
  t.equal(sealer.open({ ...BINDING, caller: 'alice\n', mailbox: 'alice@contoso.test' }, sealed), undefined);
  t.same(
    sealer.open({ ...BINDING, mailbox: 'Alice@Contoso.test' }, sealed),
    { delta: 'x' },
    'letter case does not count',
  );
});

t.test('a changed, cut or made-up seal does not open', async (t) => {
  const sealer = new StateSealer([KEY]);
  const bytes = Buffer.from(sealer.seal(BINDING, { delta: 'x'.repeat(100) }), 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8((changed[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
    t.equal(sealer.open(BINDING, changed.toString('base64url')), undefined, `bit ${bit}`);
  }
  for (const text of [
    `${bytes.toString('base64url')}A`,
    '',
    'AA',
    '!',
    bytes.subarray(0, 30).toString('base64url'),
    'A'.repeat(100_000),
  ])
    t.equal(sealer.open(BINDING, text), undefined, text.slice(0, 20));
  for (let length = 0; length < bytes.length; length++)
    t.equal(sealer.open(BINDING, bytes.subarray(0, length).toString('base64url')), undefined, `cut at ${length}`);
  t.equal(new StateSealer([randomBytes(32)]).open(BINDING, bytes.toString('base64url')), undefined, 'another key');
});

t.test('whatever is sealed opens again, however well it packs', async (t) => {
  const sealer = new StateSealer([KEY]);
  // In JSON with a quote before and behind it.
  const longest = 'x'.repeat(8 * 1024 * 1024 - 2);
  t.ok(sealer.open(BINDING, sealer.seal(BINDING, longest)) === longest);
  t.throws(() => sealer.seal(BINDING, `${longest}x`), RangeError);
  t.throws(() => sealer.seal(BINDING, randomBytes(200_000).toString('base64')), RangeError, 'too long for clients');
});

t.test('what an earlier release has sealed opens', async (t) => {
  const sealed = 'AY8kamVF9cP0TEqEWWAdjkf-XH4Qq1ZKSc0pSVSyUqpQqgUA';
  t.same(new StateSealer([Buffer.alloc(32, 7)]).open(BINDING, sealed), { delta: 'x' });
});

t.test('the ids of Exchange do not look like seals', async (t) => {
  t.ok(looksSealed(new StateSealer([KEY]).seal(BINDING, 1)), 'the shortest there is');
  for (const text of [
    // Of Exchange: base64 of an address and a GUID.
    'HABvdXRsb29rLm9mZmljZTM2NS5jb20QAAAAi5l4VdMbDE+IxxyCXmCbXwAAAAAA',
    `A${'Q'.repeat(26)}`,
    `B${'Q'.repeat(40)}`,
    `AP${'Q'.repeat(40)}`,
    `${'AQ'.repeat(60)}+`,
  ])
    t.notOk(looksSealed(text), text);
});

t.test('a key can be replaced without cutting clients off', async (t) => {
  const sealed = new StateSealer([KEY]).seal(BINDING, 1);
  const renewed = new StateSealer([randomBytes(32), KEY]);
  t.equal(renewed.open(BINDING, sealed), 1);
  t.equal(new StateSealer([KEY]).open(BINDING, renewed.seal(BINDING, 2)), undefined, 'the new key seals');
  t.throws(() => new StateSealer([Buffer.alloc(8)]), RangeError);
  t.throws(() => new StateSealer([]), RangeError);
});

t.test('the key of a machine is made once, for its account only', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-state-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'state.key');
  const key = ownStateKey(file);
  t.same(ownStateKey(file), key);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.notMatch(readFileSync(file, 'latin1'), key.toString('latin1'));
  writeFileSync(file, 'something else');
  t.throws(() => ownStateKey(file), /does not hold a state key/);
});

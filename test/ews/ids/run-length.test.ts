import fc from 'fast-check';
import t from 'tap';
import { compress, decompress } from '../../../src/ews/ids/run-length.ts';

const runs = fc
  .array(fc.tuple(fc.nat(255), fc.nat(600)), { maxLength: 20 })
  .map((parts) => Buffer.concat(parts.map(([byte, length]) => Buffer.alloc(length, byte))));

t.test('two equal bytes are followed by the count of further ones', async (t) => {
  t.same([...compress(Buffer.of(1, 2, 2, 3, 3, 3, 3))], [1, 2, 2, 0, 3, 3, 2]);
  t.same([...(decompress(Buffer.of(1, 2, 2, 0, 3, 3, 2), 100) ?? [])], [1, 2, 2, 3, 3, 3, 3]);
  t.same([...compress(Buffer.alloc(258, 7))], [7, 7, 255, 7], 'a run of 257 is the longest');
});

t.test('what was compressed is decompressed', async () => {
  fc.assert(
    fc.property(fc.oneof(runs, fc.uint8Array()), (bytes) =>
      Buffer.from(bytes).equals(decompress(compress(bytes), bytes.length) ?? Buffer.of(0)),
    ),
  );
});

t.test('a missing count and a result above the limit are refused', async (t) => {
  t.equal(decompress(Buffer.of(5, 5), 100), undefined);
  t.equal(decompress(Buffer.of(5, 5, 100), 101), undefined);
  t.equal(decompress(Buffer.of(5, 5, 100), 102)?.length, 102);
});

import fc from 'fast-check';

/** Number of code points that are halves of a pair in UTF-16, from 0xD800 on. */
const SURROGATES = 0x800;

/** Text of any code points. fast-check's own unit 'binary' makes a table of all of them first, which takes a second. */
export const ANY_TEXT: fc.Arbitrary<string> = fc.string({
  unit: fc
    .integer({ min: 0, max: 0x10ffff - SURROGATES })
    .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + SURROGATES)),
});

import fc from 'fast-check';
import t from 'tap';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { isWellFormed } from '../support/conforming.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { runs } from '../support/effort.ts';

const bits = [
  '<',
  '>',
  '/',
  '"',
  "'",
  '&',
  '&amp;',
  '&#0;',
  '=',
  ' ',
  ':',
  'x',
  '<!--',
  '-->',
  '--',
  '<?',
  '?>',
  ']]>',
  '<![CDATA[',
  'xmlns:t="urn:x"',
  'xmlns=""',
  '\u0000',
  'soap:',
  '</soap:Header>',
  ' a="1"',
];
// Only the head is changed: what stands behind it is not the tokenizer's to judge, and uses only what a head needs too.
const limit = GET_FOLDER.indexOf('<m:GetFolder>');
const rest = '<m:GetFolder></m:GetFolder></soap:Body></soap:Envelope>';
const mutation = fc.tuple(fc.nat(limit), fc.nat(6), fc.constantFrom(...bits));

t.test('what the tokenizer accepts, a strict parser accepts', async (t) => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (mutations) => {
      let head = GET_FOLDER.slice(0, limit);
      for (const [at, remove, insert] of mutations) head = head.slice(0, at) + insert + head.slice(at + remove);
      const text = head + rest;
      try {
        readEnvelopeHead(Buffer.from(text), true);
      } catch {
        return true; // stricter is fine
      }
      accepted++;
      return isWellFormed(text);
    }),
    { numRuns: runs(20_000) },
  );
  t.ok(accepted > runs(20_000) / 40, `${accepted} mutated documents were accepted by both`);
});

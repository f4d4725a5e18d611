import fc from 'fast-check';
import t from 'tap';
import { EnvelopeBoundary } from '../../../src/backends/exchange/envelope-boundary.ts';
import { runs } from '../../support/effort.ts';

const ENVELOPES = [
  '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>\u00e4</Body></Envelope>',
  '<soap11:Envelope><soap11:Body></EnvelopeX></soap11:Body></soap11:Envelope >',
  '<s:Envelope/><x></Envelop></x></s:Envelope\r\n>',
];
const STREAM = Buffer.from(ENVELOPES.join('\r\n'));
/** Behind each envelope. */
const ENDS = ENVELOPES.map((_, index) => Buffer.byteLength(ENVELOPES.slice(0, index + 1).join('\r\n')));

t.test('a boundary is reached behind an envelope, and white space, only', async (t) => {
  const boundary = new EnvelopeBoundary();
  t.equal(boundary.reached, true, 'before anything came');
  for (let position = 0; position < STREAM.length; position++) {
    boundary.pass(STREAM.subarray(position, position + 1));
    const behind = position + 1;
    const expected = ENDS.some((end) => behind === end || behind === end + 1 || behind === end + 2);
    t.equal(boundary.reached, expected, `behind byte ${position}`);
  }
});

t.test('a piece is cut behind its last envelope, wherever the stream is split', async (t) => {
  fc.assert(
    fc.property(fc.nat(STREAM.length), fc.nat(STREAM.length), (one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const boundary = new EnvelopeBoundary();
      boundary.pass(STREAM.subarray(0, from));
      const end = ENDS.findLast((each) => each > from && each <= to);
      const cut = boundary.cut(STREAM.subarray(from, to));
      return end === undefined ? cut === undefined : cut?.equals(STREAM.subarray(from, end)) === true;
    }),
    { numRuns: runs(20_000) },
  );
  t.pass('held for all splits');
});

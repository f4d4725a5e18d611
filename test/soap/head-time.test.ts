import t from 'tap';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { GET_FOLDER } from '../support/envelopes.ts';

// Texts that send a careless pattern into exponential or quadratic time. tap's own time limit is the
// judge: with such a pattern these do not end within it.
const evil: Record<string, string> = {
  'a start tag that never ends': `<a ${'b '.repeat(30_000)}`,
  'quotes that never match': `<a ${'"" '.repeat(20_000)}"`,
  'an instruction of white space that never ends': `<?a${' '.repeat(60_000)}`,
  'a declaration of white space that never ends': `<?xml version="1.0"${' '.repeat(60_000)}`,
  'an end tag of white space that never ends': GET_FOLDER.replace(
    '</soap:Header>',
    `</soap:Header${' '.repeat(60_000)}`,
  ),
  'names without end': `<${'a'.repeat(60_000)}`,
  'thousands of attributes': `<a ${Array.from({ length: 5000 }, (_, index) => `a${index}=""`).join(' ')}>`,
};
for (const [name, text] of Object.entries(evil)) {
  t.throws(() => readEnvelopeHead(Buffer.from(text), true), { name: 'GatewayError' }, `${name} is refused in time`);
}

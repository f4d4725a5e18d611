import t from 'tap';
import { SOAP_11 } from '../../src/soap/namespaces.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { growthOf } from '../support/growth.ts';

/** Of the longer text, in characters: still within what is read of a head. */
const LENGTH = 60_000;

// Texts that send a careless pattern into exponential or quadratic time.
const evil: Readonly<Record<string, (length: number) => string>> = {
  'a start tag that never ends': (length) => `<a ${'b '.repeat(length / 2)}`,
  'quotes that never match': (length) => `<a ${'"" '.repeat(length / 3)}"`,
  'an instruction of white space that never ends': (length) => `<?a${' '.repeat(length)}`,
  'a declaration of white space that never ends': (length) => `<?xml version="1.0"${' '.repeat(length)}`,
  'an end tag of white space that never ends': (length) =>
    GET_FOLDER.replace('</soap:Header>', `</soap:Header${' '.repeat(length)}`),
  'names without end': (length) => `<${'a'.repeat(length)}`,
  'thousands of attributes': (length) =>
    `<a ${Array.from({ length: length / 10 }, (_, index) => `a${index}=""`).join(' ')}>`,
  'thousands of declarations around thousands of elements': (length) => {
    const declarations = Array.from({ length: length / 40 }, (_, index) => ` xmlns:p${10_000 + index}="x"`);
    const around: string[] = [];
    for (let at = 0; at < declarations.length; at += 200)
      around.push(`<h${declarations.slice(at, at + 200).join('')}>`);
    const elements = '<s:a/>'.repeat(length / 12);
    return `<s:Envelope xmlns:s="${SOAP_11}"><s:Header>${around.join('')}${elements}`;
  },
};
for (const [name, make] of Object.entries(evil))
  t.test(`${name}: refused in linear time`, async (t) => {
    t.throws(() => readEnvelopeHead(Buffer.from(make(LENGTH)), true), { name: 'GatewayError' });
    const { isLinear, figures } = await growthOf(
      (length) => Buffer.from(make(length)),
      (text) => readEnvelopeHead(text, true),
      LENGTH,
    );
    t.ok(isLinear, figures);
  });

/** Reading a body takes time linear in it, however it is cut and whatever it is made of. */
import t from 'tap';
import { BodyReader, type BodyHandler } from '../../src/soap/body-reader.ts';
import type { ElementStart } from '../../src/soap/element-start.ts';
import { VisitorHandler } from '../../src/soap/body-scanner.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { sample, THOROUGH } from '../support/effort.ts';
import { envelope } from '../support/envelopes.ts';
import { growthOf } from '../support/growth.ts';

const TAIL = '</m:FindItem></soap:Body></soap:Envelope>';
const head = readEnvelopeHead(Buffer.from(envelope('<m:FindItem></m:FindItem>')), true);

/** Asks for everything the reader can give. */
class Curious implements BodyHandler {
  readonly wantsText = true;
  namespaces = 0;

  startElement(element: ElementStart): void {
    this.namespaces += element.namespace.length + element.attributes.length;
  }

  text(): void {}

  endElement(): void {}
}

const TOKENS: Readonly<Record<string, (size: number) => string>> = {
  'one text': (size) => 'x'.repeat(size),
  'one text that is collected': (size) => `<t:Id>${'x'.repeat(Math.min(size, 8_000))}</t:Id>`.repeat(size / 8_000),
  'references': (size) => '&amp;'.repeat(size / 5),
  'pieces of one text': (size) => `<t:Id>${'x<![CDATA[]]>'.repeat(600)}</t:Id>`.repeat(Math.ceil(size / 8_000)),
  'a comment': (size) => `<!--${'-x'.repeat(size / 2)}-->`,
  'comments': (size) => '<!---->'.repeat(size / 7),
  'a CDATA section': (size) => `<![CDATA[${']]'.repeat(size / 2)}x]]>`,
  'an instruction': (size) => `<?p ${'?'.repeat(size)} ?>`,
  'long tags': (size) => `<t:x a="${'>'.repeat(60_000)}"/>`.repeat(Math.ceil(size / 60_000)),
  'many attributes': (size) =>
    `<t:x ${Array.from({ length: 250 }, (_, index) => `a${index}=''`).join(' ')}/>`.repeat(Math.ceil(size / 2_000)),
  'short elements': (size) => '<t:x/>'.repeat(size / 6),
  'deep elements': (size) => `${'<t:x>'.repeat(900)}${'</t:x>'.repeat(900)}`.repeat(Math.ceil(size / 10_000)),
  'deep declarations': (size) =>
    `${'<q:x xmlns:q="u">'.repeat(900)}${'<t:x/>'.repeat(size / 6)}${'</q:x>'.repeat(900)}`,
};

function read(body: Buffer, chunk: number): void {
  if (head === undefined) throw new Error('no head');
  const visitor = { words: /x/, texts: new Set(['Id']), element: () => undefined, text: () => undefined };
  const reader = new BodyReader(head, [new VisitorHandler(head, visitor), new Curious()]);
  for (let position = 0; position < body.length; position += chunk)
    reader.push(body.subarray(position, position + chunk));
  reader.end();
}

/** Milliseconds below which a measurement says nothing. */
const NOISE = 4;

for (const chunk of THOROUGH ? [1, 16, 65_536] : [16]) {
  t.test(`in chunks of ${chunk} bytes`, async (t) => {
    for (const [name, token] of sample(Object.entries(TOKENS))) {
      const bodyOf = (size: number): Buffer => Buffer.from(token(size) + TAIL);
      const size = chunk === 1 ? 300_000 : 600_000;
      const { isLinear, figures } = await growthOf(bodyOf, (body) => read(body, chunk), size, NOISE);
      t.ok(isLinear, `${name}: ${figures}`);
    }
  });
}

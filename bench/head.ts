/**
 * Reading an envelope's head: the gateway's tokenizer against the npm package saxes, which reads the
 * same names and namespaces of the same head. npm run bench:head
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { readEnvelopeHead } from '../src/soap/envelope-head.ts';
import { EnvelopeHeadCache } from '../src/soap/envelope-head-cache.ts';
import { rewriteHead } from '../src/soap/rewrite-head.ts';

const ROUNDS = 5;
const REPEATS = 3_000;

const captures = join(import.meta.dirname, '../test/fixtures/captures');
const bodies = readdirSync(captures, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => bodyOf(readFileSync(join(entry.parentPath, entry.name))))
  .filter((body) => body.includes('Envelope'));

const memory = new EnvelopeHeadCache();

class Enough extends Error {}

/** The name of the Body's first child, by a general parser that is stopped there. */
function withSaxes(body: Buffer): string | undefined {
  const parser = new SaxesParser({ xmlns: true, position: false });
  let operation: string | undefined;
  let inBody = false;
  parser.on('opentag', (tag) => {
    if (inBody) {
      operation = tag.local;
      throw new Enough();
    }
    inBody = tag.local === 'Body';
  });
  try {
    parser.write(body.toString('utf8'));
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return operation;
}

const contenders: Readonly<Record<string, (body: Buffer) => unknown>> = {
  'tokenizer: read': (body) => readEnvelopeHead(body, true)?.operation.localName,
  'tokenizer: read and rewrite': (body) => {
    const head = readEnvelopeHead(body, true);
    return head === undefined
      ? undefined
      : rewriteHead(body, head, { type: 'SmtpAddress', value: 'invoices@contoso.test' });
  },
  'remembered: read and rewrite': (body) => {
    const head = memory.read(body, true);
    return head === undefined
      ? undefined
      : memory.rewrite(body, head, { type: 'SmtpAddress', value: 'invoices@contoso.test' });
  },
  'saxes: read': withSaxes,
};

process.stdout.write(
  `${bodies.length} captured requests, Node ${process.version}, best of ${ROUNDS} rounds\n\n| | µs/request ` +
    `|\n| --- | ---: |\n`,
);
for (const [name, read] of Object.entries(contenders)) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    for (let repeat = 0; repeat < REPEATS; repeat++) for (const body of bodies) read(body);
    best = Math.min(best, ((performance.now() - startedAt) * 1000) / (REPEATS * bodies.length));
  }
  process.stdout.write(`| ${name} | ${best.toFixed(1)} |\n`);
}

function bodyOf(captured: Buffer): Buffer {
  const end = captured.indexOf('\r\n\r\n');
  return captured.subarray(end === -1 ? 0 : end + 4);
}

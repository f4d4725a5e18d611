import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import t from 'tap';
import { attachmentPieces } from '../../../src/ews/attachment-writer.ts';
import { itemPieces, writeItem, type PropertySource } from '../../../src/ews/item-writer.ts';
import type { ItemUri } from '../../../src/ews/properties/elements.ts';
import type { Piece } from '../../../src/ews/properties/pieces.ts';
import { wantedItemProperties } from '../../../src/ews/properties/wanted.ts';
import { itemShape } from '../../../src/ews/shape.ts';
import { runs } from '../../support/effort.ts';

const FILE = { kind: 'file', id: 'id', name: 'a.bin', size: 5, isInline: false } as const;
const shape = { ...itemShape(undefined), base: 'IdOnly', fields: new Set(['item:MimeContent']) } as const;
const WANTED = wantedItemProperties(shape, { version: 'Exchange2013', inList: false });

function withMime(content: Readable): PropertySource<ItemUri> {
  return {
    read: (uri) => (uri === 'item:MimeContent' ? { content } : uri === 'item:ItemId' ? { id: 'x' } : undefined),
    extended: () => undefined,
  };
}

async function joined(pieces: readonly Piece[]): Promise<string> {
  let whole = '';
  for (const piece of pieces) whole += typeof piece === 'string' ? piece : await text(piece);
  return whole;
}

t.test('bytes that come in any pieces are one base64 text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 }), async (chunks) => {
      const source = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
      const expected = Buffer.concat(chunks).toString('base64');
      return (
        (await joined(itemPieces('Message', WANTED, withMime(source)))) ===
        `<t:Message><t:MimeContent CharacterSet="UTF-8">${expected}</t:MimeContent><t:ItemId Id="x"/></t:Message>`
      );
    }),
    { numRuns: runs(200) },
  );
});

t.test('nothing is read before its turn', async (t) => {
  let reads = 0;
  const source = new Readable({
    highWaterMark: 1024,
    read() {
      this.push(++reads > 1_000 ? null : Buffer.alloc(1024));
    },
  });
  const [, stream] = attachmentPieces(FILE, { kind: 'file', bytes: source }, 'Exchange2013');
  await new Promise((resolve) => setImmediate(resolve));
  t.ok(reads < 200, `${reads} KiB of 1000 were taken ahead`);
  t.equal((await text(stream as Readable)).length, Math.ceil((1_000 * 1024) / 3) * 4);
});

t.test('a source that fails fails its piece; a piece that is given up ends its source', async (t) => {
  const failing = new Readable({ read: () => undefined });
  const [, failed] = itemPieces('Message', WANTED, withMime(failing));
  failing.destroy(new Error('connection lost'));
  await t.rejects(text(failed as Readable), { message: 'connection lost' });
  const unread = new Readable({ read: () => undefined });
  const [, given] = itemPieces('Message', WANTED, withMime(unread));
  (given as Readable).destroy();
  await new Promise((resolve) => unread.once('close', resolve));
  t.ok(unread.destroyed);
});

t.test('where a value cannot be read, the content before it is given up', async (t) => {
  const source = new Readable({ read: () => undefined });
  const broken: PropertySource<ItemUri> = {
    extended: () => undefined,
    read: (uri) => {
      if (uri === 'item:MimeContent') return { content: source };
      throw new RangeError('no such value');
    },
  };
  t.throws(() => itemPieces('Message', WANTED, broken), RangeError);
  await new Promise((resolve) => source.once('close', resolve));
  t.ok(source.destroyed);
});

t.test('an answer that is made in memory takes no stream', async (t) => {
  const source = new Readable({ read: () => undefined });
  t.throws(() => writeItem('Message', WANTED, withMime(source)), TypeError);
  await new Promise((resolve) => source.once('close', resolve));
  t.ok(source.destroyed);
});

t.test("a file's content comes last, and an attached item inside of its attachment", async (t) => {
  const file = await joined(
    attachmentPieces(FILE, { kind: 'file', bytes: Readable.from([Buffer.from('abcd')]) }, 'Exchange2010'),
  );
  t.match(file, /^<t:FileAttachment><t:AttachmentId Id="id"\/>.*<t:Content>YWJjZA==<\/t:Content><\/t:FileAttachment>$/);
  const item = itemPieces('Message', WANTED, withMime(Readable.from([Buffer.from('abc')])));
  t.match(
    await joined(attachmentPieces({ ...FILE, kind: 'item' }, { kind: 'item', item }, 'Exchange2010')),
    /<t:IsInline>false<\/t:IsInline><t:Message><t:MimeContent [^>]+>YWJj<.*<\/t:Message><\/t:ItemAttachment>$/,
  );
  t.throws(() => attachmentPieces(FILE, { kind: 'item', item: [] }, 'Exchange2010'), TypeError);
  t.throws(
    () => attachmentPieces({ ...FILE, kind: 'reference' }, { kind: 'file', bytes: Buffer.of() }, 'Exchange2016'),
    TypeError,
  );
  const old = await joined(attachmentPieces(FILE, { kind: 'file', bytes: Buffer.of(1) }, 'Exchange2007'));
  t.notMatch(old, /Size|IsInline|LastModified|IsContactPhoto/, 'what came with Exchange2010');
});

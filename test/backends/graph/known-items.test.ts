import fc from 'fast-check';
import t from 'tap';
import { KnownItems } from '../../../src/backends/graph/sync/known-items.ts';
import { toGraphAlphabet } from '../../../src/ews/ids/alphabet.ts';
import { writeId } from '../../../src/ews/ids/item-id.ts';

const REPLICA = 'a'.repeat(32);

function idOf(counter: number, replica = REPLICA): string {
  const folder = { replica: 'b'.repeat(32), counter: 1 };
  const mailbox = '11111111-1111-4111-8111-111111111111';
  const message = { replica, counter };
  return toGraphAlphabet(writeId({ kind: 'item', mailbox, provider: 'c'.repeat(32), folder, message, instruction: 0 }));
}

t.test('what was told is known and nothing else, in whatever order it came, also after it was packed', (t) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { maxLength: 100 }),
      fc.integer({ min: 1, max: 1000 }),
      (told, gone) => {
        const items = new KnownItems();
        for (const counter of told) items.add(idOf(counter));
        items.delete(idOf(gone));
        const again = KnownItems.unpack(JSON.parse(JSON.stringify(items.pack())) as ReturnType<KnownItems['pack']>);
        for (const counter of [...told, gone, 1001])
          if (again.has(idOf(counter)) !== (told.includes(counter) && counter !== gone)) throw new Error(`${counter}`);
      },
    ),
    { numRuns: 200 },
  );
  t.end();
});

t.test('of many messages the latest are known one by one, the others by their order', (t) => {
  const items = new KnownItems();
  for (let counter = 2; counter <= 1000; counter += 2) items.add(idOf(counter), '2026-01-01T00:00:00Z');
  t.ok(items.has(idOf(2)) && items.has(idOf(3)), 'before the latest the order counts');
  t.ok(items.has(idOf(1000)));
  t.notOk(items.has(idOf(999)), 'one that came late is new');
  t.notOk(items.has(idOf(1001)));
  t.notOk(items.has(idOf(3), '2026-02-01T00:00:00Z'), 'what was created later than all that was told is new');
  t.notOk(items.has(idOf(2, 'd'.repeat(32))), 'after a move of the mailbox counters begin again');
  t.ok(JSON.stringify(items.pack()).length < 600);
  t.end();
});

t.test('an id of another form is never known', (t) => {
  const items = new KnownItems();
  items.add('nonsense');
  t.notOk(items.has('nonsense') || items.hasRecent('nonsense'));
  t.end();
});

t.test('the latest 128 of a replica are known one by one, all before them count as reported', (t) => {
  const items = new KnownItems();
  for (let counter = 2; counter <= 256; counter += 2) items.add(idOf(counter));
  t.notOk(items.has(idOf(1)), 'of 128 each is known for itself');
  t.ok(items.hasRecent(idOf(2)));
  items.add(idOf(258));
  t.ok(items.has(idOf(1)) && items.has(idOf(2)), 'of one more the first stands for those before it');
  t.notOk(items.hasRecent(idOf(2)), 'and is not known for certain any more');
  t.notOk(items.has(idOf(3)));
  t.same(
    [4, 258, 259, 1].map((counter) => items.hasRecent(idOf(counter))),
    [true, true, false, false],
  );
  t.notOk(items.hasRecent(idOf(4, 'd'.repeat(32))), 'nor one of another replica');
  const other = new KnownItems();
  for (let count = 0; count < 200; count++) other.add(idOf(5));
  t.notOk(other.has(idOf(4)), 'one that is reported again takes no place of another');
  t.end();
});

t.test('what was created up to the newest that was reported counts as reported by its order', (t) => {
  const items = new KnownItems();
  for (let counter = 1; counter <= 200; counter++) items.add(idOf(counter), '2026-01-02T00:00:00Z');
  items.add(idOf(201), '2026-01-01T00:00:00Z');
  items.add(idOf(202));
  for (const each of [items, KnownItems.unpack(items.pack())]) {
    t.ok(each.has(idOf(3), '2026-01-02T00:00:00Z'), 'as old as the newest');
    t.notOk(each.has(idOf(3), '2026-01-02T00:00:01Z'));
  }
  t.end();
});

t.test('of nine replicas the first is forgotten', (t) => {
  const replicas = [...'abcdefghi'].map((letter, index) => `${index}${letter}`.repeat(16).replaceAll(/[g-i]/g, 'f'));
  const items = new KnownItems();
  const known = (): boolean[] => replicas.map((replica) => items.has(idOf(1, replica)));
  for (const replica of replicas.slice(0, 8)) items.add(idOf(1, replica));
  t.same(known(), [...Array<boolean>(8).fill(true), false]);
  items.add(idOf(1, replicas[8]));
  t.same(known(), [false, ...Array<boolean>(8).fill(true)]);
  t.end();
});

import fc from 'fast-check';
import t from 'tap';
import { toEwsAlphabet, toGraphAlphabet } from '../../../src/ews/ids/alphabet.ts';
import { folderOfItem, parseId, writeId, type ItemId, type ParsedId } from '../../../src/ews/ids/item-id.ts';

/** Public samples of Graph: a message and its parentFolderId. */
const MESSAGES = [
  [
    'AAMkADY0ZjMxZmMyLWU3MjgtNDNiOS04ZDZmLTYxZDVkYzk1MTg5MwBGAAAAAABtNAiM1FO7Q5wMnDvE_mt5BwB1Dw' +
      '4l9S-ERr8zEwFketPtAAAAAAEMAAB1Dw4l9S-ERr8zEwFketPtAAChw6LCAAA=',
    'AQMkADY0ZjMxZmMyLWU3MjgtNDNiOS04ZDZmLTYxZDVkYzk1MTg5MwAuAAADbTQIjNRTu0OcDJw7xPpreQEAdQ8OJf' +
      'UvxEa-MxMBZHrT7QAAAgEMAAAA',
  ],
  [
    'AAMkADY0ZjMxZmMyLWU3MjgtNDNiOS04ZDZmLTYxZDVkYzk1MTg5MwBGAAAAAABtNAiM1FO7Q5wMnDvE_mt5BwB1Dw' +
      '4l9S-ERr8zEwFketPtAAAAAAEJAAB1Dw4l9S-ERr8zEwFketPtAACfej7-AAA=',
    'AQMkADY0ZjMxZmMyLWU3MjgtNDNiOS04ZDZmLTYxZDVkYzk1MTg5MwAuAAADbTQIjNRTu0OcDJw7xPpreQEAdQ8OJf' +
      'UvxEa-MxMBZHrT7QAAAgEJAAAA',
  ],
  [
    'AAMkAGJkZWM4NTA0LTZmNGYtNGJkYi05NzhjLWE0MTZkYTYxOWJjNgBGAAAAAACyUnP8WIW4TqRDvWY39bJNBwCJPY' +
      'S7Jus9Q4GxlTpuoikwAAAAg00pAACJPYS7Jus9Q4GxlTpuoikwAAIHoKSlAAA=',
    'AQMkAGJkZWM4NTA0LTZmNGYtNGJkYi05NzhjLWE0MTZkYTYxOWJjNgAuAAADslJz-FiFuE6kQ71mN-WyTQEAiT2Euy' +
      'brPUOBsZU6bqIpMAAAAYNNKQAAAA==',
  ],
] as const;

/** Public samples: an attachment and its message; of EWS (RootItemId beside it) and, compressed, of Graph. */
const ATTACHMENTS = [
  [
    'AAMkADExZTI1MjVmLWQ4MzEtNDBjYS1hMWEwLTYzMDIyNGQ5MWFjNwBGAAAAAAAsm1xVH2inSpA0JbGZEhm1BwBb0+' +
      'EYLBFiQqC1D2X3n3odAAAA1zbaAABUGpQQZwqURZb0pqd+SpczAAJQbUulAAABEgAQAFmnqat27N5JqLjo/76gzxY=',
    'AAMkADExZTI1MjVmLWQ4MzEtNDBjYS1hMWEwLTYzMDIyNGQ5MWFjNwBGAAAAAAAsm1xVH2inSpA0JbGZEhm1BwBb0+' +
      'EYLBFiQqC1D2X3n3odAAAA1zbaAABUGpQQZwqURZb0pqd+SpczAAJQbUulAAA=',
  ],
  [
    'AQMkADMwNmI4YTY3LWFjZDctNDdmOS1hMmE1LTJhZGUxOWY3NWIxNABGAAADqBCIigcO20iQywAELs4eVAcAATx5ce' +
      'Qnj0GMzazgBhlVdwAAAgEMAAAAATx5ceQnj0GMzazgBhlVdwABK_fEvAAAAAESABAAHN3Elq453E69BYOsXbo3VQ==',
    'AQMkADMwNmI4YTY3LWFjZDctNDdmOS1hMmE1LTJhZGUxOWY3NWIxNABGAAADqBCIigcO20iQywAELs4eVAcAATx5ce' +
      'Qnj0GMzazgBhlVdwAAAgEMAAAAATx5ceQnj0GMzazgBhlVdwABK_fEvAAAAA==',
  ],
] as const;

/** Public samples of the other kinds: a consumer's message, an immutable id, a conversation. */
const OTHERS = [
  [
    'item',
    'AQMkADAwATNiZmYAZC0yMGFlLWI0NmUtMDACLTAwCgBGAAADOY-Oe6UnlE6MvPUlyZP3DQcAXxFeN2tuRkSSrXtIp-' +
      'nhywAAAgEMAAAAXxFeN2tuRkSSrXtIp-nhywAFyW3T4QAAAA==',
  ],
  ['immutable', 'AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0APYixvXoQbkCdlH4poLQWvwAApKB5IQAA'],
  ['conversation', 'AAQkADdmODdhN2NjLTMwZWYtNDBiNy1iMDYxLWZhZTkyOGM4YmRhZAAQAKQ6a-rTEmVCtGMTER183jw='],
] as const;

const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString('hex'));
/** Bytes with runs in them, which random ones hardly have. */
const runs = fc
  .array(fc.tuple(fc.nat(255), fc.nat(300)), { maxLength: 20 })
  .map((parts) => Buffer.concat(parts.map(([byte, length]) => Buffer.alloc(length, byte))));
const longTermId = fc.record({ replica: hex(16), counter: fc.oneof(fc.nat(400), fc.maxSafeNat()) }).map((id) => ({
  replica: id.replica,
  counter: id.counter % 2 ** 48,
}));
const mailbox = fc.uuid();
const item: fc.Arbitrary<ItemId> = fc.record({
  kind: fc.constant('item' as const),
  mailbox,
  provider: hex(16),
  folder: longTermId,
  message: longTermId,
  instruction: fc.nat(255),
});
const anyId: fc.Arbitrary<ParsedId> = fc.oneof(
  item,
  fc.record({ kind: fc.constant('folder' as const), mailbox, provider: hex(16), folder: longTermId }),
  fc.record({
    kind: fc.constant('attachment' as const),
    item,
    levels: fc.array(
      fc.integer({ min: 1, max: 24 }).chain((bytes) => hex(bytes)),
      { minLength: 1, maxLength: 30 },
    ),
  }),
  fc.record({ kind: fc.constant('conversation' as const), mailbox, conversation: hex(16) }),
  fc.record({ kind: fc.constant('immutable' as const), item: longTermId }),
);

t.test('a message id tells its folder, as Graph names it', async (t) => {
  for (const [message, folder] of MESSAGES) {
    const parsed = parseId(toEwsAlphabet(message));
    if (parsed?.kind !== 'item') return t.fail('not an item');
    t.equal(toGraphAlphabet(writeId(parsed)), message);
    t.equal(toGraphAlphabet(writeId(folderOfItem(parsed))), folder);
    t.same(parseId(toEwsAlphabet(folder)), folderOfItem(parsed));
  }
});

t.test('an attachment id tells its message', async (t) => {
  for (const [attachment, message] of ATTACHMENTS) {
    const parsed = parseId(toEwsAlphabet(attachment));
    if (parsed?.kind !== 'attachment') return t.fail('not an attachment');
    t.equal(writeId(parsed), toEwsAlphabet(attachment));
    t.equal(writeId(parsed.item), toEwsAlphabet(message));
    t.equal(parsed.levels.length, 1);
  }
});

t.test('the other kinds', async (t) => {
  for (const [kind, id] of OTHERS) {
    const parsed = parseId(toEwsAlphabet(id));
    t.equal(parsed?.kind, kind);
    t.equal(parsed === undefined ? '' : writeId(parsed), toEwsAlphabet(id));
  }
});

t.test('what is written in any form is read back', async (t) => {
  fc.assert(
    fc.property(anyId, fc.constantFrom('plain', 'compressed', 'shortest'), (id, form) => {
      t.same(parseId(writeId(id, form)), id);
    }),
  );
  fc.assert(
    fc.property(anyId, (id) => {
      const shortest = writeId(id).length;
      return shortest <= writeId(id, 'plain').length && shortest <= writeId(id, 'compressed').length;
    }),
  );
});

t.test("Graph's alphabet and back", async () => {
  fc.assert(fc.property(anyId, (id) => toEwsAlphabet(toGraphAlphabet(writeId(id))) === writeId(id)));
  fc.assert(fc.property(anyId, (id) => /^[A-Za-z0-9_-]+=*$/.test(toGraphAlphabet(writeId(id)))));
});

t.test('whatever is malformed is refused', async (t) => {
  const [[graphMessage]] = MESSAGES;
  const message = toEwsAlphabet(graphMessage);
  const bytes = Buffer.from(message, 'base64');
  const changed = (offset: number, value: number): string => {
    const copy = Buffer.from(bytes);
    copy[offset] = value;
    return copy.toString('base64');
  };
  t.equal(parseId(''), undefined);
  t.equal(parseId('AAMk'), undefined);
  t.equal(parseId(graphMessage), undefined, "Graph's alphabet");
  t.equal(parseId(message.replace(/=$/, '')), undefined, 'no padding');
  t.equal(parseId(`${message} `), undefined);
  t.equal(parseId(changed(0, 2)), undefined, 'unknown compression');
  t.equal(parseId(changed(1, 0)), undefined, 'unknown storage type');
  t.equal(parseId(changed(2, 37)), undefined, 'length of the mailbox');
  t.equal(parseId(changed(4, 0x7a)), undefined, 'no GUID');
  t.equal(parseId(changed(41, 69)), undefined, 'length of the entry id');
  t.equal(parseId(changed(43, 1)), undefined, 'flags');
  t.equal(parseId(changed(63, 9)), undefined, 'a public message');
  t.equal(parseId(changed(111, 1)), undefined, 'padding of a counter');
  for (let length = 0; length < bytes.length; length++)
    t.equal(parseId(bytes.subarray(0, length).toString('base64')), undefined, `cut at ${length}`);
  const tails = [[0], [1], [2, 1, 0, 7], [1, 0, 0], [1, 1, 0, 7, 7], [1, 0xff, 0xff]];
  for (const tail of tails)
    t.equal(parseId(Buffer.concat([bytes, Buffer.from(tail)]).toString('base64')), undefined, `levels ${tail.join()}`);
});

t.test('random input is refused or canonical, and a bomb does not go off', async (t) => {
  fc.assert(
    fc.property(fc.oneof(runs, fc.uint8Array({ maxLength: 200 })), fc.constantFrom(0, 1, 2), (payload, flag) => {
      const text = Buffer.concat([Buffer.of(flag), payload]).toString('base64');
      const parsed = parseId(text);
      return parsed === undefined || typeof writeId(parsed) === 'string';
    }),
  );
  const bomb = Buffer.concat([Buffer.of(1, 3), Buffer.from('2400', 'hex'), Buffer.alloc(900, 0xff)]);
  t.equal(parseId(bomb.toString('base64')), undefined);
  t.equal(parseId('A'.repeat(4_000_000)), undefined);
});

t.test('what no id can hold is not written', async (t) => {
  const [id] = fc.sample(item, 1);
  if (id === undefined) return;
  t.throws(() => writeId({ kind: 'attachment', item: id, levels: [] }), RangeError);
  t.throws(
    () => writeId({ kind: 'attachment', item: id, levels: Array.from({ length: 256 }, () => '00') }),
    RangeError,
  );
  t.throws(() => writeId({ kind: 'attachment', item: id, levels: ['00'.repeat(1000)] }), RangeError);
  t.throws(() => writeId({ ...id, mailbox: 'alice' }), RangeError);
});

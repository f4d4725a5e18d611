import t from 'tap';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { EnvelopeHeadCache } from '../../src/soap/envelope-head-cache.ts';
import { rewriteHead } from '../../src/soap/rewrite-head.ts';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';

const bodies = [
  GET_FOLDER,
  envelope(getFolder('drafts')),
  envelope('<m:GetItem/>'),
  envelope('<m:GetItemX/>'),
  envelope('<m:GetItem a="1"/>'),
  envelope(getFolder(), impersonation('a@contoso.test')),
  envelope(getFolder(), impersonation('ab@contoso.test')),
  envelope(getFolder(), `<t:MailboxCulture>${'x'.repeat(3_000)}</t:MailboxCulture>`),
  ...Array.from({ length: 20 }, (_, index) => envelope(`<m:Operation${index}/>`)),
].flatMap((text) => [Buffer.from(text), Buffer.from(`\ufeff${text.replace('encoding="utf-8"', '')}`, 'utf16le')]);

t.test('what is remembered is what reading again gives', async (t) => {
  const memory = new EnvelopeHeadCache();
  for (let round = 0; round < 3; round++) {
    for (const body of bodies) {
      const head = memory.read(body, true);
      t.same(head, readEnvelopeHead(body, true));
      if (head === undefined) throw new Error('no head');
      for (const value of ['a@contoso.test', 'b@contoso.test']) {
        for (const type of ['SmtpAddress', 'PrimarySmtpAddress'] as const) {
          const rewritten = Buffer.concat(memory.rewrite(body, head, { type, value }));
          t.ok(
            rewritten.equals(Buffer.concat(rewriteHead(body, head, { type, value }))),
            `${head.operation.localName} as ${value}`,
          );
        }
      }
      t.ok(
        Buffer.concat(memory.rewrite(body, head, undefined)).equals(Buffer.concat(rewriteHead(body, head, undefined))),
      );
    }
  }
});

t.test('the same head is the same object, whatever follows it', async (t) => {
  const memory = new EnvelopeHeadCache();
  const first = memory.read(Buffer.from(GET_FOLDER), true);
  t.equal(memory.read(Buffer.from(envelope(getFolder('drafts'))), true), first);
  t.equal(
    memory.read(Buffer.from(GET_FOLDER).subarray(0, first?.endBytes), false),
    first,
    'also where the rest has not come yet',
  );
  t.equal(
    memory.read(Buffer.from(GET_FOLDER).subarray(0, (first?.endBytes ?? 0) - 1), false),
    undefined,
    'and not before its end',
  );
});

t.test('the sixteen heads that came last are remembered, of those that are short', async (t) => {
  const cache = new EnvelopeHeadCache();
  const read = (name: string, padding = 0): unknown =>
    cache.read(Buffer.from(envelope(`<m:${name}/>`, ' '.repeat(padding))), true);
  const [busy, first] = [read('Busy'), read('First')];
  for (let count = 0; count < 14; count++) read(`Operation${count}`);
  t.equal(read('Busy'), busy, 'used again before it has to make room');
  read('Another');
  t.equal(read('Busy'), busy);
  t.not(read('First'), first, 'the one that was not used for longest has made room');
  const long = read('Long', 2_048);
  t.not(read('Long', 2_048), long, 'one of more than 2 KiB is not remembered');
});

t.test('a head that cannot be read is not remembered', async (t) => {
  const memory = new EnvelopeHeadCache();
  for (let count = 0; count < 2; count++)
    t.throws(() => memory.read(Buffer.from(GET_FOLDER.replace('Exchange2013', '&x;')), true), {
      code: 'ENVELOPE_MALFORMED',
    });
});

t.test('however many mailboxes there are, those in use keep their forms', (t) => {
  const cache = new EnvelopeHeadCache();
  const body = Buffer.from(GET_FOLDER);
  const head = cache.read(body, true);
  if (head === undefined) throw new Error('no head');
  const formOf = (value: string): Buffer | undefined => cache.rewrite(body, head, { type: 'SmtpAddress', value })[0];
  const first = formOf('first@contoso.test');
  const busy = formOf('busy@contoso.test');
  for (let count = 0; count < 20_000; count++) {
    formOf(`mailbox-${count}@contoso.test`);
    if (count % 100 === 0) formOf('busy@contoso.test');
  }
  t.equal(formOf('busy@contoso.test'), busy);
  t.not(formOf('first@contoso.test'), first, 'one that was not used for long has made room');
  t.end();
});

/** MIME comes from clients, and from whoever sent a message: reading it holds nobody up, and comes to an end. */
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import t from 'tap';
import { MimeReader, type MimeMessage } from '../../../src/backends/graph/writing/mime-message.ts';
import { FileSpool } from '../../../src/state/spool.ts';

function read(mime: Buffer): Promise<MimeMessage> {
  const content = { size: mime.length, createReadStream: () => Readable.from([mime]), dispose: () => undefined };
  return new MimeReader().read(content, new FileSpool(tmpdir(), mime.length), new AbortController().signal);
}

/** How often others had their turn. */
async function turnsBeside(work: () => Promise<unknown>): Promise<number> {
  let [turns, done] = [0, false];
  const count = (): void => {
    turns++;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await work();
  done = true;
  return turns;
}

const MIXED = 'From: a@b.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n';

t.test('others have their turn while a large message is read', async (t) => {
  const lines = 20_000;
  const mime = Buffer.from(
    `${MIXED}--b\r\nContent-Type: application/pdf; name=x.pdf\r\nContent-Disposition: attachment\r\n` +
      `Content-Transfer-Encoding: base64\r\n\r\n${`${'QUFB'.repeat(19)}\r\n`.repeat(lines)}--b--\r\n`,
  );
  let message: MimeMessage | undefined;
  const turns = await turnsBeside(async () => (message = await read(mime)));
  t.equal(message?.attachments[0]?.name, 'x.pdf');
  t.ok(turns >= lines / 2_000, `${turns} turns in ${lines} lines`);
});

t.test('a message of nothing but parts is refused', async (t) => {
  await t.rejects(read(Buffer.from(`${MIXED}${'--b\r\n\r\nx\r\n'.repeat(10_001)}--b--\r\n`)), {
    name: 'ResponseError',
    responseCode: 'ErrorMimeContentConversionFailed',
  });
});

t.test('messages within messages are read to a depth, and are a file from there on', async (t) => {
  let [attachments, depth] = [
    (await read(Buffer.from(`From: a@b.test\r\n${'Content-Type: message/rfc822\r\n\r\n'.repeat(1_000)}x`))).attachments,
    0,
  ];
  for (; attachments[0]?.kind === 'item'; depth++) attachments = attachments[0].item.attachments;
  t.equal(depth, 8);
  t.equal(attachments[0]?.kind, 'file');
});

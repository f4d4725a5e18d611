import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { bytesOf, parseMime, parseMimeStream } from '../../../../src/backends/graph/messages/mime-parser.ts';
import { FileSpool } from '../../../../src/state/spool.ts';

const BYTES = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * index) % 251));
const BASE64 = BYTES.toString('base64').replaceAll(/.{76}/g, '$&\r\n');
const PADDED = Array.from({ length: 20_000 }, (_, index) => Buffer.from(`line ${index}\n`).toString('base64')).join(
  '\n',
);
const QUOTED = '=C3=A9t=C3=A9 =\r\n'.repeat(20_000);
const PLAIN = Array.from(
  { length: 4_000 },
  (_, index) => `${index} -- ${'\u00e9'.repeat(20)}\r\r\n--no boundary\n`,
).join('');
const part = (type: string, encoding: string, content: string): string =>
  `--b\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n` +
  `Content-Disposition: attachment; filename="${type.replace('/', '.')}"\r\n\r\n${content}\r\n`;
const MESSAGES: readonly (readonly [name: string, mime: string, spooled: number])[] = [
  ['base64', part('application/pdf', 'base64', BASE64), 1],
  ['base64 that is padded in each line', part('application/pdf', 'base64', PADDED), 1],
  ['quoted-printable', part('application/pdf', 'quoted-printable', QUOTED), 1],
  ['as it is', part('application/pdf', '8bit', PLAIN), 1],
  ['a file of text', part('text/plain', 'base64', BASE64), 1],
  ['a small file', part('application/pdf', 'base64', 'QUJD\r\n'.repeat(5_000)), 0],
  ['a calendar, which is text', part('text/calendar', 'base64', BASE64), 0],
  ['a message', part('message/rfc822', '7bit', `Subject: inner\r\n\r\n${BASE64}`), 1],
  ['files beside text', `--b\r\n\r\n${PLAIN}\r\n${part('a/b', 'base64', BASE64)}${part('c/d', '8bit', PLAIN)}`, 2],
];

for (const [name, parts, spooled] of MESSAGES)
  t.test(`what comes in pieces is read as what is there whole: ${name}`, async (t) => {
    const mime = Buffer.from(
      `From: a@b.test\r\nSubject: =?utf-8?q?=C3=A9?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts}--b--`,
    );
    const whole = await parseMime(mime);
    for (const size of [1_000_000, 4_096, 61]) {
      const pieces = Array.from({ length: Math.ceil(mime.length / size) }, (_, at) =>
        mime.subarray(at * size, (at + 1) * size),
      );
      const spools = new FileSpool(tmpdir(), mime.length * 2);
      const read = await parseMimeStream(Readable.from(pieces), spools);
      t.equal(read.spooled.size, spooled);
      t.same({ ...read.mail, attachments: [] }, { ...whole, attachments: [] });
      for (const [index, { content, ...members }] of read.mail.attachments.entries()) {
        const { content: expected = '', ...others } = whole.attachments[index] ?? {};
        t.same(members, others);
        const file = read.spooled.get(content);
        const bytes = file === undefined ? bytesOf(content) : await buffer(file.createReadStream());
        t.ok(bytes.equals(bytesOf(expected)), `${bytes.length} bytes, in pieces of ${size}`);
        file?.dispose();
      }
      t.equal(read.mail.attachments.length, whole.attachments.length);
    }
  });

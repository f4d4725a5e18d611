/** A CreateItem of MIME that is never whole in the sender's memory. */
import { envelope } from './envelopes.ts';

/** Of three lines of base64, which are whole base64 themselves. */
const LINE_BYTES = 57;
const LINES = 3_000;

/**
 * @param bytes of the one file that is attached, rounded up
 * @returns the request in pieces
 */
export function* createLargeItem(subject: string, bytes: number): Generator<string> {
  const [before = '', after = ''] = envelope(
    '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:MimeContent>|</t:MimeContent></t:Message>' +
      '</m:Items></m:CreateItem>',
  ).split('|');
  const head =
    `From: a@fabrikam.test\r\nTo: b@contoso.test\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\n` +
    'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n' +
    '--b\r\nContent-Type: application/pdf; name=scan.pdf\r\nContent-Transfer-Encoding: base64\r\n' +
    'Content-Disposition: attachment; filename=scan.pdf\r\n\r\n';
  const line = `${Buffer.alloc(LINE_BYTES, 'scanned ').toString('base64')}\r\n`;
  const block = Buffer.from(line.repeat(LINES)).toString('base64');
  yield before;
  yield Buffer.from(head.padEnd(Math.ceil(head.length / 3) * 3, '\n')).toString('base64');
  for (let sent = 0; sent < bytes; sent += LINE_BYTES * LINES) yield block;
  yield Buffer.from('--b--\r\n\r\n').toString('base64');
  yield after;
}

/** Texts of any length that send a careless reader into more than linear time. */

/** Beginnings, pieces that are repeated, and endings. */
export type Shapes = readonly (readonly [before: string, piece: string, after: string])[];

export const HTML: Shapes = [
  ['', '<', ''],
  ['', '<a ', ''],
  ['', "<a href='", ''],
  ['<a ', 'b="', ''],
  ['<a ', 'b=\' c=" ', '>'],
  ['<a ', 'b   ', '>'],
  ['<a b=', ' ', '>'],
  ['', '<!--', ''],
  ['', '<!', ''],
  ['', '</a', ''],
  ['', '<title>', ''],
  ['', '<a href=http://x>y', '</a>'],
  ['', '</a>', ''],
  ['', '<pre>\n', ''],
  ['', '<br>', 'x'],
  ['', '&amp;', ''],
  ['', '&#', ''],
  ['x', ' ', 'x'],
  ['', '\u00a0 ', ''],
];
export const MIME: Shapes = [
  ['Subject: ', 'x ', '\r\n\r\ny'],
  ['Subject: ', '=?utf-8?q?=41?= ', '\r\n\r\ny'],
  ['Subject: x', '\r\n x', '\r\n\r\ny'],
  ['', 'X-A: b\r\n', '\r\ny'],
  ['', 'X-A', '\r\n\r\ny'],
  ['To: ', 'a@b.test, ', '\r\n\r\ny'],
  ['To: ', '"', '\r\n\r\ny'],
  ['To: ', '(', '\r\n\r\ny'],
  ['To: ', '<', '\r\n\r\ny'],
  ['To: ', 'g:;', '\r\n\r\ny'],
  ['Content-Type: multipart/mixed; boundary=b\r\n\r\n', `--b\r\n\r\n${'x'.repeat(50)}\r\n`, '--b--'],
  ['', 'Content-Type: message/rfc822\r\n\r\n', ''],
  ['Content-Type: multipart/mixed; boundary=b\r\n\r\n', '--b', ''],
  ['Content-Type: text/plain; ', 'a*0=b; ', '\r\n\r\ny'],
  ['Content-Type: text/html\r\n\r\n', '<a ', ''],
  ['Content-Type: text/html\r\n\r\n', '&', ''],
  ['Content-Transfer-Encoding: quoted-printable\r\n\r\n', '=\r\n', ''],
  ['Content-Transfer-Encoding: base64\r\n\r\n', 'QUFB', ''],
];
export const JSONS: Shapes = [
  ['', '[', ''],
  ['{"value":[', '{"id":"x"},', '{}]}'],
  ['{"value":[', '{"error":{},"id":1},', '{}]}'],
  ['{"a":"', '\\u0041', '"}'],
  ['{"a":1', '0', '}'],
  ['{', '"a":1,', '"b":2}'],
];
export const ENVELOPES: Shapes = [
  ['', '</Envelope', ''],
  ['', '</Envelope ', ''],
  ['', '</a:', ''],
  ['</Envelope', ' ', ''],
];
export const TEXTS: Shapes = [
  ['', 'a', ''],
  ['', ' ', 'x'],
  ['a', ' ', ''],
  ['', '\\', ''],
  ['', '@', ''],
  ['', 'a@', ''],
  ['', 'A-', '='],
  ['', 'e\u0301', ''],
  ['', '1', ''],
  ['', ':', ''],
  ['', '%', ''],
];

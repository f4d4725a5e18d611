/** Makes mutated requests. Each comes from the seed and its number alone, so that any can be made again. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';
import { basic } from '../support/stack.ts';

export interface FuzzCase {
  /** What is written to the connection, piece by piece. */
  readonly pieces: readonly Buffer[];
  /** Whether an HTTP parser can tell that it is whole, so that it has to be answered. */
  readonly whole: boolean;
}

const captures = join(import.meta.dirname, '../fixtures/captures');

export function corpus(own: string, other: string): Buffer[] {
  const address = /[\w.+-]{1,40}@contoso\.(?:com|test)/g;
  const recorded = readdirSync(captures, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.http'))
    .toSorted()
    .map((name) => readFileSync(join(captures, name)))
    .map((raw) => raw.subarray(raw.indexOf('\r\n\r\n') + 4))
    .filter((body) => body.length > 0)
    // What the recorded clients opened is hers.
    .map((body) => Buffer.from(body.toString('utf8').replace(address, own)));
  const folder = (address: string): string =>
    `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>` +
    `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress>` +
    `</t:Mailbox></t:DistinguishedFolderId></m:FolderIds></m:GetFolder>`;
  const made = [
    GET_FOLDER,
    envelope(getFolder(), impersonation(other)),
    envelope(getFolder(), impersonation(own)),
    envelope(folder(other)),
    envelope(folder(own)),
    envelope('<m:GetServerTimeZones/>'),
  ];
  return [...recorded, ...made.map((text) => Buffer.from(text))];
}

/** A small generator of random numbers (mulberry32); good enough to choose with. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }
}

export function makeCase(seed: number, index: number, bodies: readonly Buffer[], own: string, other: string): FuzzCase {
  const dice = new Dice(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const body = dice.chance(12)
    ? Buffer.alloc(dice.below(200_000), dice.below(256))
    : mutateXml(dice, dice.pick(bodies), other);
  const { bytes, whole } = request(dice, body, own);
  return { pieces: split(dice, bytes), whole };
}

function mutateXml(dice: Dice, original: Buffer, other: string): Buffer {
  const tokens = [
    impersonation(other),
    `<t:EmailAddress>${other}</t:EmailAddress>`,
    '<t:SerializedSecurityContext/>',
    '<t:ManagementRole/>',
    '<soap:Header>',
    '</soap:Header>',
    '<soap:Body>',
    '</soap:Body>',
    '</soap:Envelope>',
    '<m:SendItem/>',
    '<m:DeleteItem DeleteType="HardDelete"/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?x ',
    '?>',
    '<!DOCTYPE x [<!ENTITY e "v">]>',
    '&e;',
    '&#0;',
    '&amp;',
    '<',
    '>',
    '/>',
    '"',
    "'",
    ' xmlns="urn:x"',
    ' xmlns:t="urn:x"',
    ' xmlns:soap="http://www.w3.org/2003/05/soap-envelope"',
    '\u0000',
    '\ufeff',
    '\ud83d\ude00',
    ' ',
    '\r\n',
    'x'.repeat(70_000),
  ];
  let body = original;
  for (let count = dice.below(5); count > 0; count--) {
    const at = dice.below(body.length + 1);
    const length = dice.below(dice.chance(3) ? 400 : 8);
    const end = Math.min(body.length, at + length);
    switch (dice.below(6)) {
      case 0:
        body = Buffer.concat([body.subarray(0, at), Buffer.from(dice.pick(tokens)), body.subarray(at)]);
        break;
      case 1:
        body = Buffer.concat([body.subarray(0, at), Buffer.from(dice.pick(tokens)), body.subarray(end)]);
        break;
      case 2:
        body = Buffer.concat([body.subarray(0, at), body.subarray(end)]);
        break;
      case 3:
        body = Buffer.concat([body.subarray(0, end), body.subarray(at)]);
        break;
      case 4:
        body = Buffer.concat([body.subarray(0, at), Buffer.from([dice.below(256)]), body.subarray(at + 1)]);
        break;
      default: {
        // Something from elsewhere in the same document.
        const from = dice.below(body.length + 1);
        body = Buffer.concat([body.subarray(0, at), body.subarray(from, from + length), body.subarray(at)]);
      }
    }
  }
  if (dice.chance(10)) body = Buffer.from(body.toString('utf8'), 'utf16le');
  else if (dice.chance(20)) body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
  return body;
}

function request(dice: Dice, body: Buffer, own: string): { bytes: Buffer; whole: boolean } {
  const usual = !dice.chance(3);
  const lineEnd = usual || !dice.chance(6) ? '\r\n' : '\n';
  const method = usual ? 'POST' : dice.pick(['POST', 'GET', 'PUT', 'post', 'CONNECT', 'P OST']);
  const path = usual
    ? '/ews/exchange.asmx'
    : dice.pick([
        '/EWS/Exchange.asmx',
        '/ews/exchange.asmx?x=1',
        '/ews/../ews/exchange.asmx',
        '//ews/exchange.asmx',
        'http://evil.test/ews/exchange.asmx',
        '/ews/services.wsdl',
        `/${'a'.repeat(5_000)}`,
      ]);
  const chunked = dice.chance(4);
  const headers = ['Host: gateway', 'Content-Type: text/xml; charset=utf-8'];
  if (!dice.chance(15)) headers.push(`Authorization: ${dice.chance(25) ? 'Basic !!!' : basic(own)}`);
  if (chunked) headers.push('Transfer-Encoding: chunked');
  let plain = true;
  if (!chunked || dice.chance(15)) {
    const wrong = dice.chance(15);
    plain = !wrong && !chunked;
    headers.push(`Content-Length: ${wrong ? body.length + dice.below(100) - 50 : body.length}`);
  }
  if (!usual) {
    headers.push(
      dice.pick([
        'Expect: 100-continue',
        'Connection: Authorization, close',
        'Connection: upgrade',
        'Content-Encoding: gzip',
        'Transfer-Encoding: identity',
        'X-AnchorMailbox: bob@contoso.test',
        'Content-Length: 0',
        'Cookie: a=b; exchangecookie=x',
        'TE: trailers',
        ' folded: x',
        'No colon',
        'X-Long: ' + 'y'.repeat(40_000),
      ]),
    );
    if (dice.chance(4)) headers.sort();
  }
  const head = Buffer.from(
    `${method} ${path} HTTP/1.1${lineEnd}${headers.join(lineEnd)}${lineEnd}${lineEnd}`,
    'latin1',
  );
  const content = chunked ? inChunks(dice, body) : { bytes: body, whole: true };
  return { bytes: Buffer.concat([head, content.bytes]), whole: content.whole && usual && plain };
}

function inChunks(dice: Dice, body: Buffer): { bytes: Buffer; whole: boolean } {
  const parts: Buffer[] = [];
  let whole = true;
  for (let at = 0; at < body.length;) {
    const piece = body.subarray(at, at + 1 + dice.below(dice.chance(2) ? 64 : 5_000));
    at += piece.length;
    const bad = dice.chance(200);
    whole &&= !bad;
    const size = bad ? dice.pick(['', '-1', 'ffffffffffffffff', '0x10', 'zz']) : piece.length.toString(16);
    parts.push(Buffer.from(`${size}\r\n`), piece, Buffer.from('\r\n'));
  }
  parts.push(Buffer.from(dice.chance(20) ? '0\r\nX-Trailer: y\r\n\r\n' : '0\r\n\r\n'));
  return { bytes: Buffer.concat(parts), whole };
}

function split(dice: Dice, bytes: Buffer): Buffer[] {
  if (!dice.chance(4)) return [bytes];
  const places = Array.from({ length: 1 + dice.below(6) }, () => dice.below(bytes.length + 1)).toSorted(
    (a, b) => a - b,
  );
  return [0, ...places].map((place, index) => bytes.subarray(place, places[index] ?? bytes.length));
}

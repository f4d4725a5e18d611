/**
 * Requests that two HTTP parsers might read differently: answered or dropped, never passed on, and the next request is
 * its own.
 */
import t, { type Test } from 'tap';
import { envelope, GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, BOB, startStack } from '../support/stack.ts';
import { RawConnection } from '../support/upstream.ts';

const AUTHORIZATION = `Authorization: ${basic(ALICE)}\r\n`;
const start = `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nContent-Type: text/xml\r\n`;
const signed = `${start}${AUTHORIZATION}`;
const LENGTH = `Content-Length: ${GET_FOLDER.length}`;
const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
const hidden =
  `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${basic(BOB)}\r\n` +
  `Content-Length: ${GET_FOLDER.length}\r\n\r\n${GET_FOLDER}`;

const smuggling = `${chunked(GET_FOLDER)}${hidden}`;

const attacks: Record<string, string> = {
  'both Content-Length and chunked': `${signed}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n${smuggling}`,
  'Transfer-Encoding and Content-Length': `${signed}Transfer-Encoding: chunked\r\n${LENGTH}\r\n\r\n${GET_FOLDER}`,
  'two Content-Lengths': `${signed}${LENGTH}\r\nContent-Length: 3\r\n\r\n${GET_FOLDER}`,
  'a list of Content-Lengths': `${signed}${LENGTH}, ${GET_FOLDER.length}\r\n\r\n${GET_FOLDER}`,
  'a signed Content-Length': `${signed}Content-Length: +${GET_FOLDER.length}\r\n\r\n${GET_FOLDER}`,
  'an unknown Transfer-Encoding': `${signed}Transfer-Encoding: xchunked\r\n\r\n${chunked(GET_FOLDER)}`,
  'chunked not last': `${signed}Transfer-Encoding: chunked, identity\r\n\r\n${chunked(GET_FOLDER)}`,
  'chunked twice': `${signed}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(GET_FOLDER)}`,
  'white space before the colon': `${signed}Content-Length : ${GET_FOLDER.length}\r\n\r\n${GET_FOLDER}`,
  'a folded header': `${signed}X-Long: a\r\n b\r\n${LENGTH}\r\n\r\n${GET_FOLDER}`,
  'a bare line feed': `${signed}X-A: b\n${LENGTH}\r\n\r\n${GET_FOLDER}`,
  'a bare carriage return': `${signed}X-A: b\rContent-Length: 1\r\n${LENGTH}\r\n\r\n${GET_FOLDER}`,
  'a NUL in a header': `${signed}X-A: b\u0000c\r\n${LENGTH}\r\n\r\n${GET_FOLDER}`,
  'a chunk size that is none': `${signed}Transfer-Encoding: chunked\r\n\r\nzz\r\n${GET_FOLDER}\r\n0\r\n\r\n`,
  'a chunk size with a sign': `${signed}Transfer-Encoding: chunked\r\n\r\n-1\r\n${GET_FOLDER}\r\n0\r\n\r\n`,
  'a chunk longer than announced': `${signed}Transfer-Encoding: chunked\r\n\r\n5\r\n${GET_FOLDER}\r\n0\r\n\r\n`,
  'no Host': `POST /ews/exchange.asmx HTTP/1.1\r\n${AUTHORIZATION}${LENGTH}\r\n\r\n${GET_FOLDER}`,
  'garbage instead of a request': `\u0016\u0003\u0001\u0002\u0000${'x'.repeat(500)}\r\n\r\n`,
  'headers without end': `${start}${'X-Filler: y\r\n'.repeat(5_000)}`,
  'one endless header': `${start}X-Filler: ${'y'.repeat(100_000)}`,
  'another protocol version': `${start.replace('HTTP/1.1', 'HTTP/1.9')}${AUTHORIZATION}${LENGTH}\r\n\r\n${GET_FOLDER}`,
  'a proxy request': `CONNECT exchange:443 HTTP/1.1\r\nHost: exchange:443\r\n${AUTHORIZATION}\r\n`,
};

const { origin, simulator, post } = await startStack(t);

for (const [name, bytes] of Object.entries(attacks)) {
  t.test(name, async (t) => {
    simulator.exchange.requests.length = 0;
    const connection = await RawConnection.open(t, origin);
    connection.write(Buffer.from(bytes, 'latin1'));
    const answer = await connection.closed();
    t.match(answer, /^(?:HTTP\/1\.1 4\d\d [^]*|)$/, 'refused or dropped');
    t.same(simulator.exchange.requests, [], 'nothing reached Exchange');
    t.equal((await post(GET_FOLDER)).status, 200, 'others are served');
    t.match(simulator.exchange.requests, [{ mailbox: ALICE }], 'with that one request, and nothing of the attack');
    t.equal(simulator.exchange.requests.length, 1);
  });
}

async function answers(connection: RawConnection, count: number): Promise<string[]> {
  const statuses: string[] = [];
  while (statuses.length < count)
    statuses.push(/HTTP\/1\.1 (\d+)/.exec(await connection.until(/HTTP\/1\.1 \d+ [^]*?\r\n\r\n/))?.[1] ?? '');
  return statuses;
}

t.test('pipelined requests are answered in their order, each as who it is', async (t: Test) => {
  const { origin, simulator } = await startStack(t);
  const connection = await RawConnection.open(t, origin);
  const as = (authorization: string, body: string): string =>
    `${start}${authorization}Content-Length: ${body.length}\r\n\r\n${body}`;
  connection.write(
    as(AUTHORIZATION, GET_FOLDER) +
      as(`Authorization: ${basic(BOB)}\r\n`, GET_FOLDER) +
      as('', GET_FOLDER) +
      as(AUTHORIZATION, envelope('<m:SendItem/>')),
  );
  t.same(await answers(connection, 4), ['200', '200', '401', '500']);
  t.same(simulator.exchange.requests.map(({ mailbox }) => mailbox).toSorted(), [ALICE, BOB]);
});

t.test('a body longer than announced is the beginning of the next request, and garbage', async (t) => {
  const { origin, simulator } = await startStack(t);
  const connection = await RawConnection.open(t, origin);
  connection.write(`${signed}${LENGTH}\r\n\r\n${GET_FOLDER}${GET_FOLDER}`);
  t.match(await connection.closed(), /^HTTP\/1\.1 200 [^]*HTTP\/1\.1 400 |^HTTP\/1\.1 400 /);
  t.ok(simulator.exchange.requests.length <= 1);
});

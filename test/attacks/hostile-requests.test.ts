/**
 * Hundreds of requests that try to act for another mailbox or to do what was not granted. Whatever reaches Exchange is
 * read there in every way a lenient reader could; none of them may see anything but what was authorized.
 */
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import t from 'tap';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';
import { ALICE, basic, startStack } from '../support/stack.ts';
import { startUpstream } from '../support/upstream.ts';
import { ATTACKS, evilBody, VICTIM, type Attack } from './hostile-table.ts';
import { readingsOf } from './readings.ts';

/** What the caller may do: `capture` without all that could be mistaken for something else. */
const GRANTED = ['FindItem', 'GetFolder', 'GetItem'];
/** Sends it on a connection of its own, until there is an answer and nothing more comes. */
async function send(
  origin: string,
  { body, headers: more = [], type, raw, path = '/ews/exchange.asmx' }: Attack,
): Promise<void> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  socket.setTimeout(500, () => socket.destroy());
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: gateway',
    `Authorization: ${basic(ALICE)}`,
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ...more,
    'Connection: close',
    `Content-Length: ${body.length}`,
  ];
  if (raw === undefined) {
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.write(body);
  } else socket.write(raw, 'latin1');
  socket.resume();
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}

t.test('the readers see what they are to find', async (t) => {
  t.ok(readingsOf(Buffer.from(envelope(getFolder(), impersonation(VICTIM)))).impersonated.has(VICTIM));
  t.ok(
    readingsOf(Buffer.from(envelope(getFolder(), impersonation('vic<!--x-->tim&#64;contoso.test')))).impersonated.has(
      VICTIM,
    ),
  );
  t.ok(readingsOf(Buffer.from(envelope(evilBody('SendItem')), 'utf16le')).operations.has('SendItem'));
  t.ok(readingsOf(Buffer.from(`${GET_FOLDER}${envelope(evilBody('SendItem'))}`)).operations.has('SendItem'));
});

t.test('no reading of what reaches Exchange is for another mailbox, or another operation', async (t) => {
  const accepted: { readonly request: IncomingMessage; readonly body: Buffer }[] = [];
  const ews = await startUpstream(t, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      accepted.push({ request, body: Buffer.concat(pieces) });
      response.writeHead(200, { 'content-type': 'text/xml', 'content-length': 5 }).end('<ok/>');
    });
  });
  const { origin, post, log } = await startStack(t, { ews, alice: `    operations: [${GRANTED.join(', ')}]` });
  t.equal((await post(GET_FOLDER)).status, 200, 'a harmless request passes');
  t.ok(ATTACKS.length >= 300, `${ATTACKS.length} requests`);
  for (let first = 0; first < ATTACKS.length; first += 25)
    await Promise.all(ATTACKS.slice(first, first + 25).map((each) => send(origin, each)));

  t.ok(accepted.length > 50, `${accepted.length} reached Exchange, mostly for their harmless headers`);
  for (const { request, body } of accepted) {
    const seen = JSON.stringify(request.rawHeaders).slice(0, 2_000);
    const all = (name: string): string[] =>
      request.rawHeaders.filter(
        (_value, index) => index % 2 === 1 && request.rawHeaders[index - 1]?.toLowerCase() === name,
      );
    t.equal(request.url, '/EWS/Exchange.asmx');
    t.same(all('x-anchormailbox'), [ALICE], seen);
    t.equal(all('content-type').length, 1);
    t.match(
      all('content-type')[0],
      /^(?:text|application\/soap\+)\/?xml; charset=(?:utf-8|utf-16(?:le|be)?|iso-8859-1)/,
    );
    const found = readingsOf(body);
    t.same([...found.impersonated], [ALICE], body.toString('latin1').slice(0, 2_000));
    for (const operation of found.operations) t.ok(GRANTED.includes(operation), operation);
    for (const action of all('soapaction')) t.match(action, /messages\/(?:FindItem|GetFolder|GetItem)"$/);
    t.notOk(
      [...found.texts].some((text) => text.includes('victim@')),
      body.toString('latin1').slice(0, 2_000),
    );
    t.notMatch(seen.toLowerCase(), /victim|senditem/);
  }
  t.notOk(
    log().some(({ outcome }) => outcome === 'INTERNAL'),
    'and none of them is a failure inside the gateway',
  );
  t.equal((await post(GET_FOLDER)).status, 200, 'the gateway serves on');
});

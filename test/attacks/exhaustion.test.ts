/** A client that holds on to what it can get. */
import t from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, startStack } from '../support/stack.ts';
import { RawConnection } from '../support/upstream.ts';

const start = 'POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nContent-Type: text/xml\r\n';

t.test('headers that come too slowly', async (t) => {
  const { origin } = await startStack(t, { limits: 'headerSeconds: 1' });
  const connection = await RawConnection.open(t, origin);
  connection.write('POST /ews/exchange.asmx HTTP/1.1\r\nX-Slow: ');
  t.match(await connection.closed(), /^HTTP\/1\.1 408 /);
});

t.test('a body that comes too slowly, without credentials', async (t) => {
  const { origin } = await startStack(t, { limits: 'headerSeconds: 1' });
  const connection = await RawConnection.open(t, origin);
  connection.write(`${start}Content-Length: 1000\r\n\r\nx`);
  t.equal(await connection.closed(), '');
});

t.test('a body that comes too slowly, with credentials', async (t) => {
  const { origin, simulator } = await startStack(t, { limits: 'requestSeconds: 1, headerSeconds: 1' });
  const connection = await RawConnection.open(t, origin);
  connection.write(`${start}Authorization: ${basic(ALICE)}\r\nContent-Length: 1000\r\n\r\n<x`);
  t.match(await connection.closed(), /^(?:HTTP\/1\.1 408 [^]*)?$/);
  t.same(simulator.exchange.requests, []);
});

t.test('connections beyond what one address may have', async (t) => {
  const { origin, post } = await startStack(t, { limits: 'connectionsPerAddress: 3' });
  const held = [
    await RawConnection.open(t, origin),
    await RawConnection.open(t, origin),
    await RawConnection.open(t, origin),
  ];
  const further = await RawConnection.open(t, origin);
  t.equal(await further.closed(), '', 'closed at once');
  for (const connection of held) connection.destroy();
  await Promise.all(held.map((connection) => connection.closed()));
  let status: number | undefined;
  while (status === undefined) status = (await post(GET_FOLDER).catch(() => undefined))?.status;
  t.equal(status, 200, 'and once they are gone, others may come');
});

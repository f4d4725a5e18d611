/** A client that holds on to what it can get. */
import t from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
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

t.test('requests of one connection without waiting for answers', async (t) => {
  const { origin, simulator, gateway, log, post } = await startStack(t);
  const few = await RawConnection.open(t, origin);
  const one = `${start}Authorization: ${basic(ALICE)}\r\nContent-Length: ${GET_FOLDER.length}\r\n\r\n${GET_FOLDER}`;
  few.write(one.repeat(16));
  for (let count = 0; count < 16; count++) await few.until(/HTTP\/1\.1 200 [^]*?<\/\w+:Envelope>/);
  simulator.exchange.requests.length = 0;
  const many = await RawConnection.open(t, origin);
  many.write(one.repeat(400));
  await many.closed();
  const kept = await eventually(() => gateway.activity.troubles().find(({ kind }) => kind === 'pipelining'));
  t.equal(kept.times, 1, 'and what had come behind them was not looked at');
  await eventually(() => log().find(({ outcome }) => outcome === 'CLIENT_PIPELINES'));
  t.ok(simulator.exchange.requests.length <= 16, `${simulator.exchange.requests.length} were sent on`);
  t.equal((await post(GET_FOLDER)).status, 200, 'others are served');
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

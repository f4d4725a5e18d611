import t from 'tap';
import { envelope, GET_FOLDER } from '../../support/envelopes.ts';
import { freePort } from '../../support/free-port.ts';
import { readFault } from '../../support/managed-api.ts';
import { startStack } from '../../support/stack.ts';

const SEND_ITEM = envelope(
  '<m:SendItem SaveItemToFolder="false"><m:ItemIds><t:ItemId Id="x"/></m:ItemIds></m:SendItem>',
);

t.test('Exchange cannot be reached: nothing was sent, so the client may repeat', async (t) => {
  const { post } = await startStack(t, { ews: `http://127.0.0.1:${await freePort()}/EWS/Exchange.asmx` });
  const { text, backOff } = readFault(t, await post(GET_FOLDER), 'ErrorServerBusy');
  t.match(text, /cannot be reached \(ECONNREFUSED\)/);
  t.equal(backOff, 30_000);
});

t.test('the name cannot be resolved', async (t) => {
  const { post } = await startStack(t, { ews: 'https://no-such-host.invalid/EWS/Exchange.asmx' });
  t.match(readFault(t, await post(GET_FOLDER), 'ErrorServerBusy').text, /no-such-host.invalid\) cannot be reached/);
});

t.test('the certificate is not trusted', async (t) => {
  // Another name, so that the two simulators have certificates of their own.
  const { post, simulator } = await startStack(t, { upstreamName: '127.0.0.1' });
  t.equal((await post(GET_FOLDER)).status, 200, 'with caCertificates it is');
  const stack = await startStack(t, { ews: simulator.exchange.url });
  t.match(readFault(t, await stack.post(GET_FOLDER), 'ErrorServerBusy').text, /SELF_SIGNED/);
});

t.test(
  'the connection breaks before an answer: what writes may have been carried out, so nobody repeats',
  async (t) => {
    const { post, simulator } = await startStack(t, { alice: '    operations: mail' });
    await post(GET_FOLDER);
    simulator.exchange.script.add({ cut: 'before' });
    t.match(
      readFault(t, await post(SEND_ITEM), 'ErrorTimeoutExpired').text,
      /broke before it answered SendItem.*not known/,
    );
    t.equal(simulator.exchange.requests.length, 2, 'sent once');
  },
);

t.test('the connection breaks before an answer: what only reads is sent once more', async (t) => {
  const { post, simulator } = await startStack(t);
  await post(GET_FOLDER);
  simulator.exchange.script.add({ cut: 'before' });
  t.equal((await post(GET_FOLDER)).status, 200);
  t.equal(simulator.exchange.requests.length, 3);
  simulator.exchange.script.add({ cut: 'before' });
  simulator.exchange.script.add({ cut: 'before' });
  const { text } = readFault(t, await post(GET_FOLDER), 'ErrorTimeoutExpired');
  t.match(text, /broke before it answered GetFolder.*changes nothing/);
  t.equal(simulator.exchange.requests.length, 5, 'once, and no more');
});

t.test('no answer in time', async (t) => {
  const { post, simulator } = await startStack(t, { limits: 'shutdownSeconds: 1, responseSeconds: 1' });
  simulator.exchange.script.add({ delay: 20_000 });
  t.match(
    readFault(t, await post(GET_FOLDER), 'ErrorTimeoutExpired').text,
    /did not answer GetFolder in time.*changes nothing/,
  );
});

t.test('an answer that breaks off half way breaks off for the client too', async (t) => {
  const { post, simulator, log } = await startStack(t);
  simulator.exchange.script.add({ cut: 'midway' });
  await t.rejects(post(GET_FOLDER), 'it cannot take a part for the whole');
  const last = log().at(-1);
  t.match(last, { outcome: 'UPSTREAM_CUT', status: 200, endedBy: 'upstream' });
  t.ok(Number(last?.['responseBytes']) > 0, 'and what was sent is logged');
});

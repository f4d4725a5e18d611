import t from 'tap';
import { exchangeFault } from '../../../src/simulator/exchange/exchange.ts';
import { envelope, GET_FOLDER } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';
import { basic, BOB, startStack } from '../../support/stack.ts';

t.test('a back-off that is longer than a request may wait becomes ErrorServerBusy with the time to wait', async (t) => {
  const { post, simulator } = await startStack(t, { yaml: 'throttling: { longestWaitSeconds: 0 }' });
  simulator.exchange.script.add({ status: 429, headers: { 'retry-after': '7' } });
  t.equal(readFault(t, await post(GET_FOLDER), 'ErrorServerBusy').backOff, 7_000);
  const { text, backOff } = readFault(t, await post(GET_FOLDER), 'ErrorServerBusy');
  t.match(text, /Mailbox alice@contoso.test is in a cooldown of 7 s/);
  t.ok(Number(backOff) > 6_000 && Number(backOff) <= 7_000, 'the next request is told for how long');
  t.equal(simulator.exchange.requests.length, 1, 'and does not reach Exchange');
  t.equal((await post(GET_FOLDER, { authorization: basic(BOB) })).status, 200, 'another mailbox is not concerned');
});

t.test('502 and a 503 that names no time, for a request that changes something: the client decides', async (t) => {
  const { post, simulator } = await startStack(t);
  simulator.exchange.script.add({ status: 503 }, { status: 502 });
  const change = envelope(
    '<m:DeleteItem DeleteType="MoveToDeletedItems"><m:ItemIds><t:ItemId Id="AAA"/></m:ItemIds></m:DeleteItem>',
  );
  for (const status of [503, 502]) {
    const { text, backOff } = readFault(t, await post(change), 'ErrorServerBusy');
    t.equal(backOff, 30_000);
    t.match(text, new RegExp(`answers HTTP ${status}: Exchange or a proxy in between has a passing problem`));
    t.notMatch(text, /throttl/, 'an outage is not called throttling');
  }
  t.equal(simulator.exchange.requests.length, 2);
});

t.test("a fault of Exchange's own passes byte for byte where it is not waited out", async (t) => {
  const { post, simulator, log } = await startStack(t);
  const fault = exchangeFault(
    'ErrorServerBusy',
    'The server cannot service this request right now. Try again later.',
    297_749,
  );
  simulator.exchange.script.add({ status: 500, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: fault });
  const answer = await post(GET_FOLDER);
  t.equal(answer.status, 500);
  t.equal(answer.text, fault);
  t.equal(log().find(({ msg }) => msg === 'Exchange answered with a fault')?.['outcome'], 'fault');
});

t.test('answers that are no EWS are explained', async (t) => {
  const { post, simulator } = await startStack(t);
  simulator.exchange.script.add(
    { status: 500, headers: { 'content-type': 'text/html' }, body: '<html>' },
    { status: 404 },
    { status: 302, headers: { location: 'https://elsewhere.test/' } },
    { status: 413 },
  );
  for (const expected of [
    /answers HTTP 500 without a SOAP message/,
    /answers HTTP 404/,
    /redirects \(HTTP 302\)/,
    /too large \(HTTP 413\)/,
  ]) {
    t.match(readFault(t, await post(GET_FOLDER), 'ErrorConnectionFailed').text, expected);
  }
});

import t from 'tap';
import { exchangeFault } from '../../src/simulator/exchange.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { startStack } from '../support/stack.ts';

t.test('429 and 503 become ErrorServerBusy with the time to wait', async (t) => {
  const { post, simulator } = await startStack(t);
  simulator.exchange.script.add({ status: 429, headers: { 'retry-after': '7' } }, { status: 503, headers: { 'retry-after': '11' } }, { status: 503 }, { status: 502 });
  for (const backOff of [7_000, 11_000, 30_000, 30_000]) t.equal(readFault(t, await post(GET_FOLDER), 'ErrorServerBusy').backOff, backOff);
});

t.test("Exchange's own faults pass byte for byte", async (t) => {
  const { post, simulator, log } = await startStack(t);
  const fault = exchangeFault('ErrorServerBusy', 'The server cannot service this request right now. Try again later.', 297_749);
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
  for (const expected of [/answers HTTP 500 without a SOAP message/, /answers HTTP 404/, /redirects \(HTTP 302\)/, /too large \(HTTP 413\)/]) {
    t.match(readFault(t, await post(GET_FOLDER), 'ErrorConnectionFailed').text, expected);
  }
});

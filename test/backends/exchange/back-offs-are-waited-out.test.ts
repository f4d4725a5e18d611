import { gzipSync } from 'node:zlib';
import t from 'tap';
import { request } from 'undici';
import { exchangeFault } from '../../../src/simulator/exchange/exchange.ts';
import { envelope, GET_FOLDER } from '../../support/envelopes.ts';
import { startStack } from '../../support/stack.ts';

const XML = { 'content-type': 'text/xml; charset=utf-8' };
const BUSY = exchangeFault(
  'ErrorServerBusy',
  'The server cannot service this request right now. Try again later.',
  150,
);

t.test('a back-off is waited out, and the client gets the answer', async (t) => {
  const { post, simulator, admin } = await startStack(t);
  simulator.exchange.script.add(
    { status: 500, headers: XML, body: BUSY, times: 2 },
    { status: 429, headers: { 'retry-after': '1' } },
    { status: 503, headers: { 'retry-after': '1' } },
  );
  const startedAt = Date.now();
  const answer = await post(GET_FOLDER);
  t.equal(answer.status, 200);
  t.match(answer.text, /ResponseClass="Success"/);
  t.equal(simulator.exchange.requests.length, 5);
  t.ok(Date.now() - startedAt >= 2_250, 'all of it was waited');
  const metrics = await (await request(`${admin}/metrics`)).body.text();
  t.match(metrics, /ews_gateway_back_offs_total\{registration="contoso"\} 4/);
  t.match(metrics, /ews_gateway_wait_seconds_count\{registration="contoso"\} 4/);
  t.match(metrics, /ews_gateway_queue_requests\{registration="contoso",state="running"\} 0/);
});

t.test('a compressed fault is understood too', async (t) => {
  const { post, simulator } = await startStack(t, {
    prepare: ({ exchange }) =>
      exchange.script.add({ status: 500, headers: { ...XML, 'content-encoding': 'gzip' }, body: gzipSync(BUSY) }),
  });
  t.equal((await post(GET_FOLDER, { 'accept-encoding': 'gzip' })).status, 200);
  t.equal(simulator.exchange.requests.length, 2);
});

t.test('a request that changes something is sent again after ErrorServerBusy, of which nothing was done', async (t) => {
  const { post, simulator } = await startStack(t);
  simulator.exchange.script.add({ operation: 'CreateFolder', status: 500, headers: XML, body: BUSY });
  const create = envelope(
    '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId>' +
      '<m:Folders><t:Folder><t:DisplayName>Once</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>',
  );
  t.match((await post(create)).text, /ResponseClass="Success"/);
  t.equal(simulator.exchange.requests.length, 2);
});

t.test('other faults and what is too large to be kept are not held back', async (t) => {
  const { post, simulator } = await startStack(t, { alice: '    operations: mail' });
  const other = exchangeFault('ErrorInternalServerError', 'An internal server error occurred. The operation failed.');
  simulator.exchange.script.add({ status: 500, headers: XML, body: other }, { status: 500, headers: XML, body: BUSY });
  t.equal((await post(GET_FOLDER)).text, other);
  const large = envelope(
    `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message>` +
      `<t:Subject>${'x'.repeat(2_000_000)}</t:Subject></t:Message></m:Items></m:CreateItem>`,
  );
  t.equal((await post(large)).text, BUSY);
  t.equal(simulator.exchange.requests.length, 2);
});

t.test('a back-off after a token that was refused, and one that is too short to be meant', async (t) => {
  const { post, simulator } = await startStack(t);
  const hasty = exchangeFault('ErrorServerBusy', 'Try again.', 1);
  simulator.exchange.script.add(
    { status: 401, headers: { 'x-ms-diagnostics': '2000002;reason="expired"' } },
    { status: 500, headers: XML, body: hasty, times: 4 },
  );
  const startedAt = Date.now();
  t.equal((await post(GET_FOLDER)).status, 200);
  t.ok(Date.now() - startedAt >= 1_500, 'each pause is twice the one before');
  t.equal(simulator.entra.tokenRequests.length, 2);
  t.equal(simulator.exchange.requests.length, 6);
});

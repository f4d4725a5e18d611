import t, { type Test } from 'tap';
import { request } from 'undici';
import { envelope, GET_FOLDER } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { ALICE, basic, BOB, send, startStack, type Stack } from '../support/stack.ts';
import { eventually } from '../support/eventually.ts';
import { startUpstream } from '../support/upstream.ts';

const subscribe = envelope(
  '<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' +
    '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>' +
    '</m:StreamingSubscriptionRequest></m:Subscribe>',
);
const streaming = (id: string): string =>
  envelope(
    `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${id}</t:SubscriptionId></m:SubscriptionIds>` +
      '<m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>',
  );

interface Stream {
  readonly received: () => string;
  /** Whether it ended as it should; undefined while it is open. */
  readonly ended: () => 'whole' | 'broken' | undefined;
  readonly close: () => void;
}

async function open(t: Test, { url }: Stack, username = ALICE): Promise<Stream> {
  const { text } = await send(url, subscribe, { authorization: basic(username) });
  const id = /SubscriptionId>([^<]+)</.exec(text)?.[1] ?? '';
  const response = await request(url, {
    method: 'POST',
    headers: { 'authorization': basic(username), 'content-type': 'text/xml' },
    body: streaming(id),
  });
  let received = '';
  let ended: 'whole' | 'broken' | undefined;
  response.body.on('data', (data: Buffer) => (received += data.toString()));
  response.body.on('end', () => (ended = 'whole'));
  response.body.on('error', () => (ended ??= 'broken'));
  await eventually(() => received.includes('</Envelope>'));
  const close = (): void => void response.body.destroy();
  t.teardown(close);
  return { received: () => received, ended: () => ended, close };
}

t.test('a stop ends them between two envelopes, and waits only for the rest', async (t) => {
  const stack = await startStack(t, { limits: 'shutdownSeconds: 60' });
  const stream = await open(t, stack);
  const begin = performance.now();
  await stack.gateway.close();
  t.ok(performance.now() - begin < 10_000, 'not after shutdownSeconds');
  t.equal(await eventually(stream.ended), 'whole');
  t.match(stream.received(), /<\/Envelope>$/);
  t.match(
    stack.log().find(({ operation }) => operation === 'GetStreamingEvents'),
    { outcome: 'ok', endedBy: 'gateway' },
  );
});

t.test('an envelope on its way is waited for', async (t) => {
  let go: () => void = () => undefined;
  const ews = await startUpstream(t, (incoming, response) => {
    incoming.resume();
    response.writeHead(200, { 'content-type': 'text/xml' });
    if (incoming.headers['x-clientstatistics'] === undefined) {
      response.end(envelope('<m:SubscribeResponse><m:SubscriptionId>one</m:SubscriptionId></m:SubscribeResponse>'));
      return;
    }
    response.write('<Envelope>1</Envelope><Envel');
    go = () => response.write('ope>2</Envelope><Envelope>3');
  });
  const { url, gateway } = await startStack(t, { ews, limits: 'shutdownSeconds: 60' });
  await send(url, subscribe, { authorization: basic(ALICE) });
  const { body } = await request(url, {
    method: 'POST',
    headers: { 'authorization': basic(ALICE), 'content-type': 'text/xml', 'x-clientstatistics': 'stream' },
    body: streaming('one'),
  });
  let received = '';
  body.on('data', (data: Buffer) => (received += data.toString()));
  const ended = new Promise((resolve) => body.once('end', resolve));
  await eventually(() => received.endsWith('<Envel'));
  const closing = gateway.close();
  go();
  await ended;
  t.equal(received, '<Envelope>1</Envelope><Envelope>2</Envelope>');
  await closing;
});

t.test('one caller has so many, and other callers theirs', async (t) => {
  const stack = await startStack(t, { limits: 'streamsPerCaller: 2, shutdownSeconds: 1' });
  const streams = [await open(t, stack), await open(t, stack)];
  const id = /SubscriptionId>([^<]+)</.exec((await stack.post(subscribe)).text)?.[1] ?? '';
  const { text, backOff } = readFault(t, await stack.post(streaming(id)), 'ErrorServerBusy');
  t.match(text, /2 open GetStreamingEvents.*streamsPerCaller/);
  t.equal(backOff, 30_000);
  await open(t, stack, BOB);
  streams[0]?.close();
  await eventually(() => stack.log().some(({ operation, outcome }) => outcome === 'CLIENT_GONE' && operation));
  await open(t, stack);
});

t.test('they take no connection of the requests', async (t) => {
  const stack = await startStack(t, { limits: 'upstreamConnections: 1, shutdownSeconds: 1' });
  await open(t, stack);
  t.equal((await stack.post(GET_FOLDER)).status, 200);
});

t.test('a reload ends those of callers who lost their right, and no others', async (t) => {
  const stack = await startStack(t, { limits: 'shutdownSeconds: 1' });
  const [alices, bobs] = [await open(t, stack), await open(t, stack, BOB)];
  const limits = 'shutdownSeconds: 1';
  stack.writeConfig({ limits, yaml: 'audit: { file: audit.log }' });
  await stack.reload();
  stack.writeConfig({ limits, alice: '    operations: [FindItem]' });
  await stack.reload();
  t.equal(await eventually(alices.ended), 'whole');
  t.equal(bobs.ended(), undefined);
  t.match((await send(stack.url, GET_FOLDER, { authorization: basic(BOB) })).text, /NoError/);
  stack.writeConfig({ limits, registration: '    userAgent: Other/1' });
  await stack.reload();
  t.equal(await eventually(bobs.ended), 'whole', 'a registration that is made again ends its streams');
});

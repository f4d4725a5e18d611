import t, { type Test } from 'tap';
import { GET_FOLDER, envelope, getFolder, impersonation } from '../../support/envelopes.ts';
import { eventually } from '../../support/eventually.ts';
import { readFault } from '../../support/managed-api.ts';
import { ALICE, basic, BOB, startStack } from '../../support/stack.ts';
import { RawConnection, startUpstream } from '../../support/upstream.ts';

const ANSWER =
  '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>';

interface Held {
  readonly mailbox: string;
  readonly answer: () => void;
}

/** An Exchange that answers when it is told to. */
async function heldUpstream(t: Test): Promise<{ readonly ews: string; readonly held: Held[] }> {
  const held: Held[] = [];
  const ews = await startUpstream(t, (request, response) => {
    request.resume();
    request.on('end', () =>
      held.push({
        mailbox: String(request.headers['x-anchormailbox']),
        answer: () => response.writeHead(200, { 'content-type': 'text/xml' }).end(ANSWER),
      }),
    );
  });
  return { ews, held };
}

t.test('so many requests for a mailbox at a time, and the others in turn', async (t) => {
  const { ews, held } = await heldUpstream(t);
  const { post } = await startStack(t, { ews, yaml: 'throttling: { requestsPerMailbox: 2 }' });
  const answers = Array.from({ length: 5 }, () => post(GET_FOLDER));
  const other = post(GET_FOLDER, { authorization: basic(BOB) });
  await eventually(() => held.length === 3);
  t.same(held.map(({ mailbox }) => mailbox).toSorted(), [ALICE, ALICE, BOB], 'another mailbox has slots of its own');
  for (let index = 0; index < 6; index++) (await eventually(() => held[index])).answer();
  t.same(
    await Promise.all([...answers, other].map(async (answer) => (await answer).status)),
    [200, 200, 200, 200, 200, 200],
  );
});

t.test('whoever waits too long, or comes when too many wait, gets ErrorServerBusy', async (t) => {
  const { ews, held } = await heldUpstream(t);
  const { post } = await startStack(t, {
    ews,
    yaml: 'throttling: { requestsPerMailbox: 1, waitingPerMailbox: 1, longestWaitSeconds: 1 }',
  });
  const running = post(GET_FOLDER);
  await eventually(() => held.length === 1);
  const [one, two] = await Promise.all([post(GET_FOLDER), post(GET_FOLDER)]);
  const texts = [readFault(t, one, 'ErrorServerBusy').text, readFault(t, two, 'ErrorServerBusy').text].toSorted();
  t.match(texts[0], /1 requests for mailbox alice@contoso.test wait already/);
  t.match(texts[1], /this one has for 1 s/);
  held[0]?.answer();
  t.equal((await running).status, 200);
  t.equal(held.length, 1);
});

t.test('a client that goes while it waits gives up its place in the line', async (t) => {
  const { ews, held } = await heldUpstream(t);
  const { origin, post, log } = await startStack(t, { ews, yaml: 'throttling: { requestsPerMailbox: 1 }' });
  const running = post(GET_FOLDER);
  await eventually(() => held.length === 1);
  const client = await RawConnection.open(t, origin);
  client.write(
    `POST /ews/exchange.asmx HTTP/1.1\r\nHost: g\r\nAuthorization: ${basic(ALICE)}\r\n` +
      `Content-Type: text/xml\r\nContent-Length: ${GET_FOLDER.length}\r\n\r\n${GET_FOLDER}`,
  );
  await client.until(/^/);
  setImmediate(() => client.destroy());
  await eventually(() => log().find(({ outcome }) => outcome === 'CLIENT_GONE'));
  held[0]?.answer();
  await running;
  const next = post(GET_FOLDER);
  (await eventually(() => held[1])).answer();
  t.equal((await next).status, 200);
  t.equal(held.length, 2, 'what nobody waits for is not sent');
});

t.test('the mailbox counts, not the caller', async (t) => {
  const { ews, held } = await heldUpstream(t);
  const { post } = await startStack(t, {
    ews,
    yaml: 'throttling: { requestsPerMailbox: 1 }',
    alice: `    mayImpersonate: [${BOB}]`,
  });
  const running = post(GET_FOLDER);
  await eventually(() => held.length === 1);
  const other = post(envelope(getFolder(), impersonation(BOB)));
  t.equal((await eventually(() => held[1])).mailbox, BOB);
  for (const { answer } of held) answer();
  await Promise.all([running, other]);
});

t.test('connections that hang for notifications take no slot', async (t) => {
  const { ews, held } = await heldUpstream(t);
  const { post } = await startStack(t, {
    ews,
    yaml: 'throttling: { requestsPerMailbox: 1 }',
    alice: '    operations: all',
  });
  const hanging = post(
    envelope('<m:GetStreamingEvents><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>'),
  );
  await eventually(() => held.length === 1);
  const running = post(GET_FOLDER);
  await eventually(() => held.length === 2);
  for (const { answer } of held) answer();
  t.same(
    (await Promise.all([hanging, running])).map(({ status }) => status),
    [200, 200],
  );
});

t.test('who waits when the configuration is reloaded is served by the old one, or told in time', async (t) => {
  const { ews, held } = await heldUpstream(t);
  const yaml = 'throttling: { requestsPerMailbox: 1, longestWaitSeconds: 2 }';
  const { post, writeConfig, reload, gateway } = await startStack(t, { ews, yaml });
  const running = post(GET_FOLDER);
  await eventually(() => held.length === 1);
  const [waiting, late] = [post(GET_FOLDER), post(GET_FOLDER)];
  await eventually(() => gateway.metrics.current().backends.get('contoso')?.gate.waiting === 2);
  writeConfig({ ews, yaml: yaml.replace('1,', '2,') });
  await reload();
  held[0]?.answer();
  t.equal((await running).status, 200);
  await eventually(() => held.length === 2);
  const refused = await Promise.race([waiting, late]);
  readFault(t, refused, 'ErrorServerBusy');
  held[1]?.answer();
  t.same((await Promise.all([waiting, late])).map(({ status }) => status).toSorted(), [200, 500]);
});

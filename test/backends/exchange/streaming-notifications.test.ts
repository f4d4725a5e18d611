import t from 'tap';
import { request } from 'undici';
import { envelope } from '../../support/envelopes.ts';
import { eventually } from '../../support/eventually.ts';
import { ALICE, basic, mail, startStack } from '../../support/stack.ts';
const subscribe = envelope(
  '<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' +
    '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>' +
    '</m:StreamingSubscriptionRequest></m:Subscribe>',
);

t.test('a silence longer than responseSeconds does not end streaming notifications', async (t) => {
  const { post, url, simulator } = await startStack(t, { limits: 'shutdownSeconds: 1, responseSeconds: 1' });
  const id = /<m:SubscriptionId>([^<]+)</.exec((await post(subscribe)).text)?.[1] ?? '';
  const body = envelope(
    `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${id}</t:SubscriptionId>` +
      `</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>`,
  );
  const response = await request(url, {
    method: 'POST',
    headers: { 'authorization': basic(ALICE), 'content-type': 'text/xml' },
    body,
  });
  t.equal(response.statusCode, 200);
  let received = '';
  response.body.on('data', (chunk: Buffer) => (received += chunk.toString()));
  response.body.on('error', () => undefined);
  await eventually(() => received.includes('<m:ConnectionStatus>OK'));
  t.ok(received.startsWith('<Envelope '), 'as Exchange writes it, not framed again');
  // The silence itself is what is tested.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const mailbox = simulator.exchange.mailboxes.find(({ address }) => address === ALICE);
  await mailbox?.deliver(mail('after the silence'));
  await eventually(() => received.includes('NewMailEvent'));
  t.match(received, /<t:NewMailEvent>/);
  response.body.destroy();
});

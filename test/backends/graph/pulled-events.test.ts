import t from 'tap';
import { ALL_A, ALL_B } from '../../../src/simulator/graph/behaviour.ts';
import { codesOf, startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { basic, BOB, mail, send } from '../../support/stack.ts';
import { getEvents, PullingClient, subscribeTo, unsubscribeFrom } from '../../support/subscriber.ts';

const ALL_TYPES = ['NewMail', 'Created', 'Deleted', 'Modified', 'Moved', 'Copied'];
const PNG = { name: 'scan.png', contentType: 'image/png', content: Buffer.alloc(10) };

for (const [name, behaviour] of Object.entries({ A: ALL_A, B: ALL_B })) {
  t.test(`new mail is reported as by Exchange, once: ${name}`, async (t) => {
    const { graph, ews, mailbox } = await startDifferential(t);
    graph.simulator.graph.behaviour = behaviour;
    await mailbox.deliver(mail('old'));
    const clients = [new PullingClient(graph.post), new PullingClient(ews)] as const;
    for (const client of clients) await client.subscribe({ types: ['NewMail', 'Created'] });
    for (const client of clients) t.same(await client.pull(), ['Status']);
    await mailbox.deliver(mail('1'));
    const late = { receivedAt: new Date(Date.now() - 60_000) };
    await mailbox.deliver(mail('2'), 'inbox', late);
    const [through, direct] = [await clients[0].pull(), await clients[1].pull()];
    t.same(through.toSorted(), direct.toSorted());
    t.equal(through.length, 4);
    t.same(await clients[0].pull(), ['Status']);
  });

  t.test(`changes are reported, a move as a removal and a creation: ${name}`, async (t) => {
    const { graph, mailbox } = await startDifferential(t);
    graph.simulator.graph.behaviour = behaviour;
    const [changed, read, moved] = [
      await mailbox.deliver(mail('changed')),
      await mailbox.deliver(mail('read')),
      await mailbox.deliver(mail('moved')),
    ];
    const client = new PullingClient(graph.post);
    const folders = '<t:DistinguishedFolderId Id="inbox"/><t:DistinguishedFolderId Id="deleteditems"/>';
    await client.subscribe({ types: ALL_TYPES, folders });
    t.same(await client.pull(), ['Status'], 'what there was before is nothing new');
    mailbox.update(changed.id, { categories: ['Red'] });
    mailbox.update(read.id, { isRead: true });
    const there = mailbox.move(moved.id, 'deleteditems');
    const fresh = await mailbox.deliver(mail('new'));
    const events = await client.pull();
    t.same(
      events.filter((event) => !event.endsWith(there.id)).toSorted(),
      [
        `Created ${fresh.id}`,
        `Deleted ${moved.id}`,
        `Modified ${changed.id}`,
        `Modified ${read.id}`,
        `NewMail ${fresh.id}`,
      ].toSorted(),
    );
    t.ok(events.includes(`Created ${there.id}`));
    t.same(await client.pull(), ['Status']);
  });
}

t.test('an older watermark gives the same again, also behind an event in the middle', async (t) => {
  const { graph, mailbox } = await startDifferential(t);
  const client = new PullingClient(graph.post);
  await client.subscribe({ types: ['NewMail'] });
  const first = client.watermark;
  for (const subject of ['1', '2']) await mailbox.deliver(mail(subject));
  const { text } = await graph.post(getEvents(client.id, first));
  const [middle = ''] = [...text.matchAll(/<t:Watermark>([^<]+)</g)].map(([, mark = '']) => mark);
  client.watermark = middle;
  t.equal((await client.pull()).length, 2, 'none is lost');
});

t.test('all folders are watched for new mail with one call', async (t) => {
  const { graph, mailbox } = await startDifferential(t);
  const other = mailbox.createFolder('inbox', { displayName: 'Other' });
  const client = new PullingClient(graph.post);
  await client.subscribe({ types: ['NewMail'], folders: '' });
  const item = await mailbox.deliver(mail('1'), other.id);
  const before = graph.simulator.graph.requests.length;
  t.same(await client.pull(), [`NewMail ${item.id}`]);
  t.equal(graph.simulator.graph.requests.length - before, 1);
});

t.test('more than twenty folders are refused, where each would have to be polled', async (t) => {
  const { graph, mailbox } = await startDifferential(t);
  for (let index = 0; index < 21; index++) mailbox.createFolder('inbox', { displayName: `${index}` });
  t.same(codesOf((await graph.post(subscribeTo({ types: ALL_TYPES, folders: '' }))).text), ['ErrorInvalidOperation']);
});

for (const types of [['NewMail'], ['NewMail', 'Deleted']])
  t.test(`new mail is reported once Safe Attachments has scanned it: ${types.join(', ')}`, async (t) => {
    const { graph, mailbox } = await startDifferential(t, { registration: '    graph: { waitForScan: true }' });
    const { settings } = graph.simulator.graph;
    settings.safeAttachmentsScan = 3_600_000;
    const client = new PullingClient(graph.post);
    await client.subscribe({ types });
    const item = await mailbox.deliver(mail('with', [PNG]));
    t.same(await client.pull(), ['Status']);
    settings.safeAttachmentsScan = 0;
    t.same(await client.pull(), [`NewMail ${item.id}`]);
    t.same(await client.pull(), ['Status']);
  });

t.test('forged, foreign and ended subscriptions and watermarks are refused as by Exchange', async (t) => {
  const { graph } = await startDifferential(t);
  const [client, other] = [new PullingClient(graph.post), new PullingClient(graph.post)];
  for (const one of [client, other]) await one.subscribe({ types: ['NewMail'] });
  const codes = async (body: string): Promise<string[]> => codesOf((await graph.post(body)).text);
  const asBob = await send(graph.url, getEvents(client.id, client.watermark), { authorization: basic(BOB) });
  t.same(codesOf(asBob.text), ['ErrorSubscriptionNotFound']);
  t.same(await codes(getEvents(`${client.id}A`, client.watermark)), ['ErrorSubscriptionNotFound']);
  t.same(await codes(getEvents(client.id, 'AAAA')), ['ErrorInvalidWatermark']);
  t.same(await codes(getEvents(client.id, other.watermark)), ['ErrorInvalidWatermark']);
  t.same(await codes(unsubscribeFrom(client.id)), ['NoError']);
  t.same(await codes(getEvents(client.id, client.watermark)), ['ErrorSubscriptionNotFound']);
  t.same(await codes(unsubscribeFrom(client.id)), ['ErrorSubscriptionNotFound']);
  t.same(await other.pull(), ['Status']);
  const changes = new PullingClient(graph.post);
  await changes.subscribe({ types: ['Deleted'] });
  graph.simulator.graph.deltas.forget();
  t.same(await codes(getEvents(changes.id, changes.watermark)), ['ErrorInvalidWatermark'], 'Graph has forgotten it');
});

t.test('events are pushed nowhere unless the configuration says where', async (t) => {
  const { graph } = await startDifferential(t, { alice: '    operations: [Subscribe, PushSubscription]' });
  const { text } = await graph.post(
    envelope(
      '<m:Subscribe><m:PushSubscriptionRequest SubscribeToAllFolders="true"><t:EventTypes><t:EventType>NewMailEvent' +
        '</t:EventType></t:EventTypes><t:StatusFrequency>1</t:StatusFrequency><t:URL>http://127.0.0.1:1/</t:URL>' +
        '</m:PushSubscriptionRequest></m:Subscribe>',
    ),
  );
  t.same(codesOf(text), ['ErrorInvalidPushSubscriptionUrl']);
  t.match(text, /graph\.pushTo/);
});

import t, { type Test } from 'tap';
import { TestClock } from '../../support/clocks.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { eventually } from '../../support/eventually.ts';
import { PushReceiver, readNotification } from '../../support/push-receiver.ts';
import { ALICE, mail, startStack, type Stack } from '../../support/stack.ts';
import { idOfSubscription, PullingClient, subscribeTo, unsubscribeFrom } from '../../support/subscriber.ts';

/** Each waits for a poll, at a gateway of its own. */
const AT_ONCE = { buffered: true };
t.jobs = 4;

const MINUTE = 60_000;
const GRANTED = '    operations: [capture, PushSubscription]';
const OVER = 'a push subscription is over: the program hears nothing more until it subscribes again';

interface Scene {
  readonly stack: Stack;
  readonly clock: TestClock;
  readonly receiver: PushReceiver;
  readonly subscribe: (path?: string, watermark?: string) => Promise<string>;
}

async function start(t: Test): Promise<Scene> {
  const receiver = await PushReceiver.start(t);
  const clock = new TestClock('2026-11-01T08:00:00Z', true);
  const stack = await startStack(t, {
    backend: 'graph',
    clock,
    alice: GRANTED,
    registration: `    graph: { pollSeconds: 1, pushTo: ["${receiver.origin}"] }`,
  });
  const subscribe = async (path = '/', watermark?: string): Promise<string> => {
    const request = { kind: 'Push', types: ['NewMail'], url: receiver.origin + path } as const;
    const answer = await stack.post(subscribeTo({ ...request, ...(watermark === undefined ? {} : { watermark }) }));
    t.same(codesOf(answer.text), ['NoError']);
    return idOfSubscription(answer);
  };
  return { stack, clock, receiver, subscribe };
}

/** Waits for a pause of a subscription, then lets it pass. */
async function pass(clock: TestClock, milliseconds: number): Promise<void> {
  await eventually(() => clock.pauses.includes(milliseconds));
  clock.pass(milliseconds);
}

/** What is over is told nothing that another one, which goes on, is told. */
async function assertOver(t: Test, { stack, receiver, subscribe }: Scene): Promise<void> {
  await subscribe('/other');
  const before = receiver.notifications.filter(({ path }) => path === '/').length;
  await mailboxOf(stack).deliver(mail('nobody hears of it'));
  await receiver.until(2, '/other');
  t.equal(receiver.notifications.filter(({ path }) => path === '/').length, before);
}

t.test('events are posted as Exchange posts them, each behind the watermark of the one before', AT_ONCE, async (t) => {
  const { stack, receiver, subscribe } = await start(t);
  const id = await subscribe();
  const [first] = await receiver.until(1);
  t.match(first?.body, /<m:SendNotificationResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</);
  t.match(first?.body, /<t:MoreEvents>false<\/t:MoreEvents><t:StatusEvent><t:Watermark>/, 'at once');
  t.match(first?.body, `<t:SubscriptionId>${id}</t:SubscriptionId>`);
  t.match(first?.headers, {
    'content-type': /^text\/xml/,
    'soapaction': '"http://schemas.microsoft.com/exchange/services/2006/messages/SendNotification"',
  });
  const expected: string[] = [];
  for (let count = 2; count < 4; count++) {
    const item = await mailboxOf(stack).deliver(mail(`${count}`));
    const posted = (await receiver.until(count)).map(readNotification);
    expected.push(`NewMail ${item.id}`);
    t.same(
      posted.flatMap(({ events }) => events),
      expected,
    );
    t.equal(posted.at(-1)?.previous, posted.at(-2)?.last);
  }
});

t.test('without events a status is posted after StatusFrequency', AT_ONCE, async (t) => {
  const { clock, receiver, subscribe } = await start(t);
  await subscribe();
  await receiver.until(1);
  for (let count = 2; count < 4; count++) {
    await pass(clock, MINUTE);
    t.match((await receiver.until(count)).at(-1)?.body, /<t:StatusEvent>/);
  }
});

for (const [name, act] of [
  [
    'the answer Unsubscribe',
    async ({ receiver, clock }) => {
      receiver.answer = 'Unsubscribe';
      await pass(clock, MINUTE);
      await receiver.until(2);
      receiver.answer = 'OK';
    },
  ],
  ['Unsubscribe', async ({ stack }, id) => void (await stack.post(unsubscribeFrom(id)))],
  [
    'a reload that takes the right to it',
    async ({ stack, receiver }) => {
      const graph = `    graph: { pollSeconds: 1, pushTo: ["${receiver.origin}"] }`;
      const options = { backend: 'graph', registration: graph } as const;
      stack.writeConfig({ ...options, alice: '    operations: [capture]' });
      await stack.reload();
      stack.writeConfig({ ...options, alice: GRANTED });
      await stack.reload();
    },
  ],
] as const satisfies readonly (readonly [string, (scene: Scene, id: string) => Promise<void>])[])
  t.test(`${name} ends it`, AT_ONCE, async (t) => {
    const scene = await start(t);
    const id = await scene.subscribe();
    await scene.receiver.until(1);
    await act(scene, id);
    await assertOver(t, scene);
    t.same(codesOf((await scene.stack.post(unsubscribeFrom(id))).text), ['ErrorSubscriptionNotFound']);
  });

t.test('an address that does not answer is tried again, until StatusFrequency; nothing is lost', AT_ONCE, async (t) => {
  const scene = await start(t);
  const { stack, clock, receiver, subscribe } = scene;
  await subscribe();
  const [status] = (await receiver.until(1)).map(readNotification);
  receiver.answer = (response) => void response.writeHead(500).end();
  const item = await mailboxOf(stack).deliver(mail('missed'));
  await receiver.until(2);
  // After 30 s, and once more 30 s later: then the minute is over.
  for (const count of [3, 4]) {
    await pass(clock, 30_000);
    const posted = (await receiver.until(count)).map(readNotification);
    t.same(posted.at(-1)?.events, [`NewMail ${item.id}`]);
  }
  await eventually(() => stack.log().some(({ msg }) => msg === OVER));
  const line = stack.log().find(({ msg }) => msg === OVER);
  t.match(line, { caller: ALICE, receiver: receiver.origin, reason: /HTTP 500/ });
  receiver.answer = 'OK';
  await assertOver(t, scene);
  await subscribe('/again', status?.last);
  const again = (): readonly string[] =>
    receiver.notifications.filter(({ path }) => path === '/again').flatMap((one) => readNotification(one).events);
  t.ok(await eventually(() => again().includes(`NewMail ${item.id}`)), 'from the last watermark on');
});

for (const [name, answer] of [
  ['a redirect', (response) => void response.writeHead(307, { location: '/elsewhere' }).end()],
  ['a long answer', (response) => void response.writeHead(200).end('x'.repeat(100_000))],
  ['another answer', (response) => void response.writeHead(200).end('<SubscriptionStatus>Maybe</SubscriptionStatus>')],
  ['a cut', (response) => void response.destroy()],
] as const satisfies readonly (readonly [string, PushReceiver['answer']])[])
  t.test(`${name} is no answer, and is not followed`, AT_ONCE, async (t) => {
    const { clock, receiver, subscribe } = await start(t);
    receiver.answer = answer;
    await subscribe();
    await receiver.until(1);
    receiver.answer = 'OK';
    await pass(clock, 30_000);
    const posted = await receiver.until(2);
    t.equal(posted[0]?.body, posted[1]?.body, 'the same once more');
    t.equal(receiver.notifications.length, 2);
  });

t.test('only hosts of graph.pushTo are called, and the refusal says so', AT_ONCE, async (t) => {
  const { stack, receiver } = await start(t);
  const { port } = new URL(receiver.origin);
  for (const url of [
    'http://127.0.0.1:1/',
    `https://127.0.0.1:${port}/`,
    `http://localhost:${port}/`,
    `http://name:word@127.0.0.1:${port}/`,
    'ftp://127.0.0.1/',
    'file:///etc/hosts',
    'nothing',
    '',
  ]) {
    const { text } = await stack.post(subscribeTo({ kind: 'Push', types: ['NewMail'], url }));
    t.same(codesOf(text), ['ErrorInvalidPushSubscriptionUrl'], url);
    if (url.startsWith('http')) t.match(text, /graph\.pushTo/);
  }
  t.equal(receiver.notifications.length, 0);
});

t.test('the right to it is granted by name, and a caller has at most twenty', AT_ONCE, async (t) => {
  const { stack, receiver, subscribe } = await start(t);
  for (let count = 0; count < 20; count++) await subscribe();
  const request = subscribeTo({ kind: 'Push', types: ['NewMail'], url: receiver.origin });
  t.same(codesOf((await stack.post(request)).text), ['ErrorExceededSubscriptionCount']);
  await receiver.until(20);
  stack.writeConfig({ backend: 'graph' });
  await stack.reload();
  t.same(codesOf((await stack.post(request)).text), ['ErrorAccessDenied']);
});

t.test('it is none that is pulled', AT_ONCE, async (t) => {
  const { stack, receiver } = await start(t);
  const client = new PullingClient(stack.post);
  await client.subscribe({ kind: 'Push', types: ['NewMail'], url: receiver.origin });
  await t.rejects(client.pull(), /ErrorInvalidPullSubscriptionId/);
});

import t, { type Test } from 'tap';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { basic, BOB, mail, startStack, type Stack, type StackOptions } from '../../support/stack.ts';
import { StreamClient } from '../../support/stream-client.ts';
import { idOfSubscription, subscribeTo, unsubscribeFrom } from '../../support/subscriber.ts';

/** Each waits for a poll, at a gateway of its own. */
const AT_ONCE = { buffered: true };
t.jobs = 4;

const LIST = 'GET /users/{user}/mailFolders/{folder}/messages';

const start = (t: Test, options: StackOptions = {}): Promise<Stack> =>
  startStack(t, { backend: 'graph', registration: '    graph: { pollSeconds: 1 }', ...options });

async function subscribe({ post }: Stack, types: readonly string[]): Promise<string> {
  return idOfSubscription(await post(subscribeTo({ kind: 'Streaming', types })));
}

t.test('events come as whole envelopes, each in a chunk of its own', AT_ONCE, async (t) => {
  const stack = await start(t);
  const mailbox = mailboxOf(stack);
  const id = await subscribe(stack, ['NewMail', 'Created']);
  const before = await mailbox.deliver(mail('between'));
  const stream = await StreamClient.open(stack.url, [id]);
  t.same(await stream.until(2), [`Created ${before.id}`, `NewMail ${before.id}`], 'from the subscription on');
  const item = await mailbox.deliver(mail('now'));
  t.same((await stream.until(4)).slice(2), [`Created ${item.id}`, `NewMail ${item.id}`]);
  t.match(stream.chunks[0], /<m:ConnectionStatus>OK</, 'the client knows at once that it is connected');
  for (const chunk of stream.chunks) t.match(chunk, /^<Envelope [^]*<\/Envelope>$/);
  t.notMatch(stream.text, /<\?xml|Watermark/);
  stream.close();
});

t.test('changes, and removals as well', AT_ONCE, async (t) => {
  const stack = await start(t);
  const mailbox = mailboxOf(stack);
  const [changed, gone] = [await mailbox.deliver(mail('1')), await mailbox.deliver(mail('2'))];
  const stream = await StreamClient.open(stack.url, [await subscribe(stack, ['Modified', 'Deleted'])]);
  await mailbox.deliver(mail('not asked for'));
  mailbox.update(changed.id, { isRead: true });
  mailbox.delete(gone.id, 'hard');
  t.same((await stream.until(2)).toSorted(), [`Deleted ${gone.id}`, `Modified ${changed.id}`]);
  stream.close();
});

t.test('a folder is polled once for all its streams', AT_ONCE, async (t) => {
  const stack = await start(t);
  const mailbox = mailboxOf(stack);
  const streams = [];
  for (let index = 0; index < 3; index++)
    streams.push(await StreamClient.open(stack.url, [await subscribe(stack, ['NewMail'])]));
  const { requests } = stack.simulator.graph;
  const lists = (): number => requests.filter(({ template }) => template.endsWith('{folder}/messages')).length;
  const first = await mailbox.deliver(mail('1'));
  for (const stream of streams) t.same(await stream.until(1), [`NewMail ${first.id}`]);
  const before = lists();
  const second = await mailbox.deliver(mail('2'));
  for (const stream of streams) t.same(await stream.until(2), [`NewMail ${first.id}`, `NewMail ${second.id}`]);
  t.ok(lists() - before <= 2, 'three streams, one poller');
  for (const stream of streams) stream.close();
});

t.test('the next connection goes on where the last one ended', AT_ONCE, async (t) => {
  const stack = await start(t);
  const mailbox = mailboxOf(stack);
  const ids = [await subscribe(stack, ['NewMail']), await subscribe(stack, ['NewMail', 'Deleted'])];
  const first = await StreamClient.open(stack.url, ids);
  const one = await mailbox.deliver(mail('1'));
  await first.until(2);
  // The gateway goes on with this one once the first is written; whether that was heard it cannot know yet.
  const latest = await mailbox.deliver(mail('latest'));
  await first.until(4);
  first.close();
  await first.ended;
  const two = await mailbox.deliver(mail('2'));
  const second = await StreamClient.open(stack.url, ids);
  const heard = (id: string): number => second.events.filter((event) => event === `NewMail ${id}`).length;
  while (heard(two.id) < 2) await second.until(second.events.length + 1);
  t.equal(heard(one.id), 0, 'and not again what was heard before');
  t.ok(heard(latest.id) <= 2);
  second.close();
});

t.test('a subscription that is forged, foreign or over ends the stream at once', AT_ONCE, async (t) => {
  const stack = await start(t);
  const id = await subscribe(stack, ['NewMail']);
  const pulled = idOfSubscription(await stack.post(subscribeTo({ types: ['NewMail'] })));
  const asBob = await StreamClient.open(stack.url, [id], { authorization: basic(BOB) });
  await asBob.ended;
  t.same([asBob.status, codesOf(asBob.text)], [500, ['ErrorSubscriptionNotFound']]);
  const other = await StreamClient.open(stack.url, [pulled]);
  await other.ended;
  t.same(codesOf(other.text), ['ErrorInvalidSubscription']);
  await stack.post(unsubscribeFrom(id));
  const ended = await StreamClient.open(stack.url, [id]);
  t.ok(await ended.ended);
  t.same(codesOf(ended.text), ['ErrorSubscriptionNotFound']);
  t.match(ended.text, `<m:ErrorSubscriptionIds><m:SubscriptionId>${id}<`);
  t.match(ended.text, /<m:ConnectionStatus>Closed</);
});

t.test('a stream whose folder is gone tells that its subscription is', AT_ONCE, async (t) => {
  const stack = await start(t);
  const mailbox = mailboxOf(stack);
  const folder = mailbox.createFolder('inbox', { displayName: 'Other' });
  const folders = `<t:FolderId Id="${folder.id}"/>`;
  const id = idOfSubscription(await stack.post(subscribeTo({ kind: 'Streaming', folders, types: ['NewMail'] })));
  const stream = await StreamClient.open(stack.url, [id]);
  mailbox.deleteFolder(folder.id, 'hard');
  t.ok(await stream.ended);
  t.same(codesOf(stream.text).at(-1), 'ErrorSubscriptionNotFound');
});

t.test('a throttled poller waits and goes on', AT_ONCE, async (t) => {
  const stack = await start(t);
  const stream = await StreamClient.open(stack.url, [await subscribe(stack, ['NewMail'])]);
  stack.simulator.graph.script.add({ operation: LIST, status: 500, times: 3, headers: {}, body: '' });
  const { id } = await mailboxOf(stack).deliver(mail('1'));
  t.same(await stream.until(1), [`NewMail ${id}`]);
  stream.close();
});

t.test('a gateway that stops ends its streams first, between two envelopes', AT_ONCE, async (t) => {
  const stack = await start(t);
  const stream = await StreamClient.open(stack.url, [await subscribe(stack, ['NewMail'])]);
  const closed = stack.gateway.close();
  t.ok(await stream.ended, 'whole');
  t.match(stream.chunks.at(-1), /<m:ConnectionStatus>Closed</);
  await closed;
});

import t, { type Test } from 'tap';
import { anotherGateway } from '../../support/another-gateway.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { mail, startStack, type Stack } from '../../support/stack.ts';
import { getEvents, PullingClient } from '../../support/subscriber.ts';
import { SyncClient, syncItems } from '../../support/sync-client.ts';

const KEYS = { FIRST: Buffer.alloc(32, 1).toString('base64'), SECOND: Buffer.alloc(32, 2).toString('base64') };

/** @param stateKey in YAML flow style */
const another = (t: Test, stack: Stack, name: string, stateKey: string) =>
  anotherGateway(t, stack, name, `stateKey: ${stateKey}`, KEYS);

t.test('what one gateway gave out another one goes on with', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  const mailbox = mailboxOf(stack);
  const [one, other, renewed, foreign] = [
    await another(t, stack, 'one', '{ key: { env: FIRST } }'),
    await another(t, stack, 'other', '{ key: { env: FIRST } }'),
    await another(t, stack, 'renewed', '{ key: { env: SECOND }, previous: { env: FIRST } }'),
    await another(t, stack, 'foreign', '{ key: { env: SECOND } }'),
  ];
  for (const subject of ['1', '2', '3', '4', '5']) await mailbox.deliver(mail(subject));
  let turn = 0;
  const balanced = (body: string) => (turn++ % 2 === 0 ? one : other)(body);
  const client = new SyncClient(balanced);
  await client.finish(2);
  t.equal(client.items.size, 5);
  mailbox.delete([...client.items.keys()][0] ?? '', 'hard');
  await client.finish(2);
  t.equal(client.items.size, 4);
  const state = { state: client.state ?? '' };
  t.same(codesOf((await renewed(syncItems(state))).text), ['NoError']);
  t.same(codesOf((await foreign(syncItems(state))).text), ['ErrorInvalidSyncStateData']);

  for (const types of [['NewMail'], ['NewMail', 'Deleted']]) {
    const puller = new PullingClient(balanced);
    await puller.subscribe({ types });
    for (const subject of ['6', '7']) {
      const { id } = await mailbox.deliver(mail(subject));
      t.same(await puller.pull(), [`NewMail ${id}`]);
    }
    t.same(codesOf((await renewed(getEvents(puller.id, puller.watermark))).text), ['NoError']);
    t.same(codesOf((await foreign(getEvents(puller.id, puller.watermark))).text), ['ErrorSubscriptionNotFound']);
  }
});

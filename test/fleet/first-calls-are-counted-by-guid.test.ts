/** A gateway that has just started counts its first call for a mailbox with those of gateways that know its GUID. */
import t from 'tap';
import { anotherGateway } from '../support/another-gateway.ts';
import { mailboxOf } from '../support/differential.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { eventually, eventuallySo } from '../support/eventually.ts';
import { sharedYaml } from '../support/kept-states.ts';
import { startRedis, WITHOUT_REDIS } from '../support/redis.ts';
import { ALICE, CLIENT, startStack, TENANT } from '../support/stack.ts';

const SLOTS = 4;
const LEASES = `ews-gateway:leases:graph ${TENANT} ${CLIENT}`;

t.test('the first call of a gateway that starts waits for its turn', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const stack = await startStack(t, { backend: 'graph', yaml: sharedYaml(redis.url) });
  const { graph } = stack.simulator;
  t.equal((await stack.post(GET_FOLDER)).status, 200);
  const other = await anotherGateway(t, stack, 'other', sharedYaml(redis.url));

  // Four calls of the first gateway that do not end yet.
  const end = Promise.withResolvers<void>();
  graph.script.add({ times: SLOTS, hold: end.promise });
  const before = graph.requests.length;
  const held = Array.from({ length: SLOTS }, () => stack.post(GET_FOLDER));
  await eventually(() => graph.requests.length === before + SLOTS);

  const first = other(GET_FOLDER);
  const line = `ews-gateway:line:graph ${TENANT} ${CLIENT} ${mailboxOf(stack).guid}`;
  await eventuallySo(async () => redis.command('ZCARD', line) === '1');
  t.equal(graph.requests.length, before + SLOTS);
  end.resolve();
  t.same(
    (await Promise.all([...held, first])).map(({ status }) => status),
    Array.from({ length: SLOTS + 1 }, () => 200),
  );
  t.ok(graph.requests.length > before + SLOTS, 'and is made then');
});

t.test('gateways of which none knows the mailbox yet count by its address', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const stack = await startStack(t, { backend: 'graph', yaml: sharedYaml(redis.url) });
  const { graph } = stack.simulator;
  const other = await anotherGateway(t, stack, 'other', sharedYaml(redis.url));
  const end = Promise.withResolvers<void>();
  graph.script.add({ times: 2, hold: end.promise });
  const both = [stack.post(GET_FOLDER), other(GET_FOLDER)];
  await eventually(() => graph.requests.length === 2);
  t.equal(redis.command('ZCARD', `${LEASES} ${ALICE}`), '2', 'which is the same for all');
  end.resolve();
  t.same(
    (await Promise.all(both)).map(({ status }) => status),
    [200, 200],
  );
});

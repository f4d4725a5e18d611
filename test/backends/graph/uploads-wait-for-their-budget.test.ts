import t from 'tap';
import type { GraphFault } from '../../../src/simulator/graph/faults.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope, GET_FOLDER } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';
import { startStack } from '../../support/stack.ts';
import { createItem, SENDING } from './sending.ts';

const CREATE = 'POST /users/{user}/mailFolders/{folder}/messages';
const overBytes = (seconds: number): GraphFault => ({
  operation: CREATE,
  status: 429,
  headers: { 'content-type': 'application/json', 'retry-after': String(seconds) },
  body: '{"error":{"code":"ApplicationThrottled","message":"Application is over its IncomingBytes limit."}}',
});
const message = (size: number): string =>
  envelope(createItem(`<t:Message><t:Body BodyType="Text">${'x'.repeat(size)}</t:Body></t:Message>`, 'SaveOnly'));
const [small, large] = [message(10), message(100_000)];

t.test('a body that Graph puts off for its bytes is made once they are taken again', async (t) => {
  const stack = await startStack(t, { ...SENDING, backend: 'graph' });
  stack.simulator.graph.script.add(overBytes(1));
  t.same(codesOf((await stack.post(large)).text), ['NoError']);
  t.equal(mailboxOf(stack).counts('drafts').total, 1);
});

t.test('while no bytes are taken, large bodies are refused without a call, and all else goes on', async (t) => {
  const stack = await startStack(t, { ...SENDING, backend: 'graph' });
  const { graph } = stack.simulator;
  graph.script.add(overBytes(200));
  readFault(t, await stack.post(large), 'ErrorServerBusy');
  const before = graph.requests.length;
  const { backOff } = readFault(t, await stack.post(large), 'ErrorServerBusy');
  t.ok(Number(backOff) > 150_000 && Number(backOff) <= 200_000, `to come again in ${backOff} ms`);
  t.equal(graph.requests.length, before);
  for (const request of [small, GET_FOLDER]) t.same(codesOf((await stack.post(request)).text), ['NoError']);
});

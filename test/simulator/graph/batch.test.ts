import t from 'tap';
import { ALICE } from '../../support/stack.ts';
import { startGraph, type GraphClient, type Json } from './graph-client.ts';

interface StepAnswer {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json & { readonly error?: { readonly code: string; readonly message: string } };
}

const GET = { method: 'GET', url: `/users/${ALICE}/mailFolders/inbox` };

async function batch({ ask }: GraphClient, requests: readonly object[]): Promise<ReadonlyMap<string, StepAnswer>> {
  const answer = await ask('/$batch', { method: 'POST', body: { requests } });
  if (answer.status !== 200) throw new Error(answer.text);
  return new Map((answer.json['responses'] as StepAnswer[]).map((step) => [step.id, step]));
}

t.test('steps answer for themselves, in any order', async (t) => {
  const client = await startGraph(t);
  const id = await client.deliver();
  const answers = await batch(client, [
    { id: '1', ...GET },
    {
      id: '2',
      method: 'PATCH',
      url: `/users/${ALICE}/messages/${id}`,
      headers: { 'Content-Type': 'application/json' },
      body: { isRead: true },
    },
    { id: '3', method: 'GET', url: `/users/${ALICE}/messages/nonsense` },
    { id: '4', method: 'GET', url: `https://graph.microsoft.com/v1.0/users/${ALICE}/messages` },
    { id: '5', method: 'DELETE', url: `/users/${ALICE}/messages/${id}?$select=id` },
  ]);
  t.match(answers.get('1')?.body, { displayName: 'Inbox' });
  t.match(answers.get('2')?.body, { isRead: true });
  t.equal(answers.get('3')?.body?.error?.code, 'ErrorInvalidIdMalformed');
  t.equal(answers.get('4')?.body?.error?.message, "Resource not found for the segment 'v1.0'.");
  t.same([answers.get('5')?.status, answers.get('5')?.body], [204, undefined]);
  t.not([...answers.keys()].join(''), '12345', 'the order is not that of the requests');
});

t.test('four at a time: what is over comes back as 429 of the step', async (t) => {
  const client = await startGraph(t);
  const { graph } = client.simulator;
  graph.settings.latency = 20;
  const steps = Array.from({ length: 8 }, (_one, index) => ({ id: `s${index}`, ...GET }));
  t.same(new Set([...(await batch(client, steps)).values()].map(({ status }) => status)), new Set([200]));
  t.equal(graph.peakOf(client.alice), 4);
  graph.behaviour = { ...graph.behaviour, batchAtOnce: 20 };
  const answers = [...(await batch(client, steps)).values()];
  const throttled = answers.filter(({ status }) => status === 429);
  t.equal(throttled.length, 4);
  t.match(throttled[0]?.headers, { 'Retry-After': '1' });
  t.match(throttled[0]?.body?.error, {
    code: 'ApplicationThrottled',
    message: 'Application is over its MailboxConcurrency limit.',
  });
  t.notOk('innerError' in (throttled[0]?.body?.error ?? {}));
  graph.settings.latency = 0;
});

t.test('dependencies in three shapes, and what fails with its parent', async (t) => {
  const client = await startGraph(t);
  const bad = { method: 'GET', url: `/users/${ALICE}/messages/nonsense` };
  const serial = await batch(client, [
    { id: 'a', ...GET },
    { id: 'b', ...bad, dependsOn: ['a'] },
    { id: 'c', ...GET, dependsOn: ['B'] },
  ]);
  t.same(
    ['a', 'b', 'c'].map((id) => serial.get(id)?.status),
    [200, 400, 424],
  );
  const fan = await batch(client, [
    { id: 'a', ...GET },
    { id: 'b', ...GET, dependsOn: ['a'] },
    { id: 'c', ...GET, dependsOn: ['a'] },
  ]);
  t.equal(fan.get('c')?.status, 200);
  const post = (requests: unknown) => client.ask('/$batch', { method: 'POST', body: { requests } as object });
  t.equal(
    (
      await post([
        { id: 'a', ...GET },
        { id: 'b', ...GET },
        { id: 'c', ...GET, dependsOn: ['a'] },
      ])
    ).status,
    400,
  );
});

t.test('envelopes that are refused as a whole', async (t) => {
  const client = await startGraph(t);
  const post = (requests: unknown) => client.ask('/$batch', { method: 'POST', body: { requests } as object });
  const many = Array.from({ length: 21 }, (_one, index) => ({ id: String(index), ...GET }));
  t.equal((await post(many)).status, 400);
  t.equal((await post(many.slice(1))).status, 200);
  t.equal((await post([])).status, 400);
  t.equal(
    (
      await post([
        { id: 'a', ...GET },
        { id: 'A', ...GET },
      ])
    ).status,
    400,
    'ids regardless of case',
  );
  t.equal((await post([{ id: 'a', ...GET, method: 'POST', body: {} }])).status, 400, 'a body needs its type');
});

t.test('binary content is base64', async (t) => {
  const client = await startGraph(t);
  const id = await client.deliver();
  const answers = await batch(client, [{ id: '1', method: 'GET', url: `/users/${ALICE}/messages/${id}/$value` }]);
  t.match(Buffer.from(String(answers.get('1')?.body), 'base64').toString(), /^Subject: Invoice 4711/m);
});

t.test('each step is a request of its own in the record', async (t) => {
  const client = await startGraph(t);
  const told: string[] = [];
  client.simulator.graph.onRequest = ({ method, template, mailbox, status, isBatchStep }) =>
    told.push(`${method} ${template} ${mailbox} ${status} ${isBatchStep}`);
  await batch(client, [{ id: '1', ...GET }]);
  t.same(told, [
    'GET /users/{user}/mailFolders/{folder} alice@contoso.test 200 true',
    'POST /$batch undefined 200 false',
  ]);
});

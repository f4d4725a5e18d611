import t from 'tap';
import * as faults from '../../../src/simulator/graph/faults.ts';
import { rowsOf, startGraph } from './graph-client.ts';

const LIST = 'GET /users/{user}/mailFolders/{folder}/messages';
const PATH = '~/mailFolders/inbox/messages?$top=2';

t.test('faults as threads quote them, each once', async (t) => {
  const { ask, simulator } = await startGraph(t);
  for (const [fault, status, code] of [
    [faults.throttled(10), 429, 'ApplicationThrottled'],
    [faults.mailboxInfoStale(), 503, 'MailboxInfoStale'],
    [faults.serviceUnavailable(), 503, 'serviceNotAvailable'],
    [faults.gatewayTimeout(), 504, 'UnknownError'],
    [faults.conflict(), 412, 'ErrorIrresolvableConflict'],
    [faults.restrictionTooComplex(), 400, 'ErrorRestrictionTooComplex'],
  ] as const) {
    simulator.graph.script.add({ ...fault, operation: LIST });
    t.equal((await ask('~/mailFolders/inbox')).status, 200, 'another operation');
    const answer = await ask(PATH);
    t.same([answer.status, answer.code], [status, code]);
  }
  t.equal((await ask(PATH)).status, 200);
  simulator.graph.script.add({ ...faults.throttled(), operation: LIST });
  t.equal((await ask(PATH)).headers['retry-after'], undefined, 'it may be absent');
});

t.test('HTTP 200 that is none: cut JSON, errors as rows, short pages', async (t) => {
  const { ask, deliver, simulator } = await startGraph(t);
  for (const subject of ['1', '2', '3']) await deliver(subject);
  const { script } = simulator.graph;
  script.add(faults.truncated());
  const cut = await ask(PATH);
  t.equal(cut.status, 200);
  t.match(cut.text, /"value":\[$/);
  script.add(faults.errorInValue());
  t.match(rowsOf(await ask(PATH)).at(-1), { error: { code: 'ErrorInternalServerError' } });
  script.add(faults.shortPage(0));
  const empty = await ask(PATH);
  t.same(rowsOf(empty), []);
  t.equal(rowsOf(await ask(String(empty.json['@odata.nextLink']))).length, 2, 'and goes on');
});

t.test('connections break before and in the middle of an answer', async (t) => {
  const { ask, simulator } = await startGraph(t);
  const { script } = simulator.graph;
  script.add({ cut: 'before' });
  await t.rejects(ask(PATH));
  script.add({ cut: 'midway' });
  await t.rejects(ask(PATH));
  t.equal((await ask(PATH)).status, 200);
});

t.test('a fault hits a step of a batch alone', async (t) => {
  const { ask, simulator } = await startGraph(t);
  simulator.graph.script.add({ ...faults.throttled(3), operation: 'GET /users/{user}/mailFolders/{folder}' });
  const request = { method: 'GET', url: '/users/alice@contoso.test/mailFolders/inbox' };
  const answer = await ask('/$batch', { method: 'POST', body: { requests: [{ id: '1', ...request }] } });
  t.equal(answer.status, 200);
  t.match((answer.json['responses'] as object[])[0], {
    status: 429,
    body: { error: { code: 'ApplicationThrottled' } },
  });
});

import t from 'tap';
import { envelope, GET_FOLDER } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { startStack } from '../support/stack.ts';

const send = envelope('<m:SendItem SaveItemToFolder="true"><m:ItemIds><t:ItemId Id="x"/></m:ItemIds></m:SendItem>');
const rules = envelope('<m:GetInboxRules/>');
const updateRules = envelope('<m:UpdateInboxRules/>');

t.test('capture is the default and sends nothing', async (t) => {
  const { post, simulator } = await startStack(t);
  const { text } = readFault(t, await post(send), 'ErrorAccessDenied');
  t.match(text, /SendItem.*operations: capture/, 'operation and setting are named');
  t.same(simulator.exchange.requests, []);
});

t.test('mail may send', async (t) => {
  const { post, simulator } = await startStack(t, { alice: '    operations: mail' });
  await post(send);
  t.equal(simulator.exchange.requests.at(-1)?.operation, 'SendItem');
  readFault(t, await post(updateRules), 'ErrorAccessDenied');
});

t.test('all does not mean what must be named', async (t) => {
  const { post, simulator } = await startStack(t, { alice: '    operations: all' });
  readFault(t, await post(updateRules), 'ErrorAccessDenied');
  t.same(simulator.exchange.requests, []);
});

t.test('a list names what is granted', async (t) => {
  const { post, simulator } = await startStack(t, { alice: '    operations: [GetInboxRules, UpdateInboxRules]' });
  await post(rules);
  await post(updateRules);
  t.same(
    simulator.exchange.requests.map(({ operation }) => operation),
    ['GetInboxRules', 'UpdateInboxRules'],
  );
  readFault(t, await post(GET_FOLDER), 'ErrorAccessDenied');
});

t.test('what is no operation', async (t) => {
  const { post, simulator } = await startStack(t, { alice: '    operations: all' });
  for (const body of ['<m:NoSuchOperation/>', '<m:getfolder/>', '<GetFolder xmlns="urn:other"/>'])
    readFault(t, await post(envelope(body)), 'ErrorAccessDenied');
  t.same(simulator.exchange.requests, []);
});

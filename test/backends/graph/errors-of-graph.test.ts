import t from 'tap';
import {
  conflict,
  gatewayTimeout,
  throttled,
  truncated,
  type GraphFault,
} from '../../../src/simulator/graph/faults.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack } from '../../support/stack.ts';

const GET = 'GET /users/{user}/messages/{message}';
const PATCH = 'PATCH /users/{user}/messages/{message}';
const json = (status: number, code: string): GraphFault => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: { code, message: `says ${code}` } }),
});
const getItem = (id: string): string =>
  envelope(
    '<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>' +
      `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
  );
const markRead = (id: string): string =>
  envelope(
    '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>' +
      `<t:ItemId Id="${id}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/>` +
      '<t:Message><t:IsRead>true</t:IsRead></t:Message></t:SetItemField></t:Updates>' +
      '</t:ItemChange></m:ItemChanges></m:UpdateItem>',
  );

for (const [name, fault, status, code] of [
  ['404', json(404, 'ErrorItemNotFound'), 200, 'ErrorItemNotFound'],
  ['403', json(403, 'ErrorAccessDenied'), 200, 'ErrorAccessDenied'],
  ['403 of a page', { status: 403, body: '<html>denied</html>' }, 200, 'ErrorAccessDenied'],
  ['400 of a mistake', json(400, 'RequestBroker--ParseUri'), 200, 'ErrorInternalServerError'],
  ['429 for long', { ...throttled(900) }, 500, 'ErrorServerBusy'],
  ['503 for long', { ...json(503, 'serviceNotAvailable'), headers: { 'retry-after': '900' } }, 500, 'ErrorServerBusy'],
  ['401 once', json(401, 'InvalidAuthenticationToken'), 200, 'NoError'],
  ['401 to a new token, too', { ...json(401, 'InvalidAuthenticationToken'), times: 2 }, 500, 'ErrorServerBusy'],
  ['504 for ever', { ...gatewayTimeout(), times: 9 }, 200, 'ErrorTimeoutExpired'],
  ['504 once', gatewayTimeout(), 200, 'NoError'],
  ['429 for a second', throttled(1), 200, 'NoError'],
  ['truncated once', truncated(), 200, 'NoError'],
  ['cut once', { cut: 'before' }, 200, 'NoError'],
  ['cut in the middle once', { cut: 'midway' }, 200, 'NoError'],
] as const)
  t.test(`GetItem where Graph answers ${name}`, async (t) => {
    const stack = await startStack(t, { backend: 'graph' });
    const { id } = await mailboxOf(stack).deliver(mail('item'));
    stack.simulator.graph.script.add({ ...fault, operation: GET });
    const answer = await stack.post(getItem(id));
    t.equal(answer.status, status);
    t.same(codesOf(answer.text), [code]);
    t.notMatch(answer.text, /<html/);
  });

for (const [name, fault, code, isRead] of [
  ['a conflict once', conflict(), 'NoError', true],
  ['a conflict for ever', { ...conflict(), times: 9 }, 'ErrorIrresolvableConflict', false],
  ['a cut before', { cut: 'before' }, 'NoError', true],
  ['a cut after', { cut: 'midway' }, 'NoError', true],
] as const)
  t.test(`UpdateItem with ${name}`, async (t) => {
    const stack = await startStack(t, { backend: 'graph' });
    const mailbox = mailboxOf(stack);
    const { id } = await mailbox.deliver(mail('item'));
    stack.simulator.graph.script.add({ ...fault, operation: PATCH });
    const answer = await stack.post(markRead(id));
    t.same(codesOf(answer.text), [code]);
    t.equal(mailbox.item(id).isRead, isRead);
  });

t.test('an operation that is not served is a fault that says so', async (t) => {
  const stack = await startStack(t, { backend: 'graph', alice: '    operations: [all, ArchiveItem]' });
  // The archive mailbox is not reached through Graph.
  const { status, text } = await stack.post(
    envelope(
      '<m:ArchiveItem><m:ArchiveSourceFolderId><t:DistinguishedFolderId Id="inbox"/></m:ArchiveSourceFolderId>' +
        '<m:ItemIds><t:ItemId Id="AAAA"/></m:ItemIds></m:ArchiveItem>',
    ),
  );
  t.equal(status, 500);
  t.same(codesOf(text), ['ErrorInvalidOperation']);
  t.match(text, /ArchiveItem/);
});

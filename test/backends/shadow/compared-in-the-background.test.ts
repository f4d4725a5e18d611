import t from 'tap';
import { request } from 'undici';
import type { ShadowResult } from '../../../src/backends/shadow/results.ts';
import { eventually } from '../../support/eventually.ts';
import { envelope, getFolder, GET_FOLDER } from '../../support/envelopes.ts';
import { mailboxOf } from '../../support/differential.ts';
import { askedOf } from '../../support/auto.ts';
import {
  ALICE,
  assertNoSecrets,
  basic,
  BOB,
  mail,
  send,
  startStack,
  type Stack,
  type StackOptions,
} from '../../support/stack.ts';

const SHADOW: StackOptions = { backend: 'auto', registration: '    shadow: graph' };
const LIST = envelope(
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>' +
    '<m:IndexedPageItemView MaxEntriesReturned="10" Offset="0" BasePoint="Beginning"/>' +
    '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
);
/** The Inbox under another name, for as many requests as a comparison makes. */
const RENAMED = {
  operation: 'GET /users/{user}/mailFolders/{folder}',
  status: 200,
  headers: { 'content-type': 'application/json' },
  times: 2,
};

async function resultsOf({ admin }: Stack): Promise<readonly ShadowResult[]> {
  const response = await request(`${admin}/shadow`);
  const { registrations } = (await response.body.json()) as { readonly registrations: Record<string, ShadowResult[]> };
  return registrations['contoso'] ?? [];
}

/** Waits until so many requests were compared, or failed to be. */
function compared({ gateway }: Stack, count: number): Promise<number> {
  const entered = (): number =>
    (gateway.metrics.current().backends.get('contoso')?.shadow ?? []).reduce(
      (sum, { compared: all, failed }) => sum + all + failed,
      0,
    );
  return eventually(
    () => (entered() >= count ? entered() : undefined),
    () => `${entered()} of ${count} compared`,
  );
}

t.test('requests that only read are put to Graph too, and equal answers are counted', async (t) => {
  for (const name of ['auto', 'ews'] as const)
    await t.test(name, async (t) => {
      const stack = await startStack(t, { backend: name, registration: '    shadow: graph' });
      await mailboxOf(stack).deliver(mail('Invoice'));
      t.match((await stack.post(GET_FOLDER)).text, /<t:DisplayName>Inbox</);
      t.match((await stack.post(LIST)).text, /Invoice/);
      await compared(stack, 2);
      const results = await resultsOf(stack);
      t.match(results, [
        { operation: 'FindItem', compared: 1, equal: 1, failed: 0 },
        { operation: 'GetFolder', compared: 1, equal: 1, failed: 0 },
      ]);
      t.same(
        results.map(({ differences }) => differences),
        [[], []],
      );
    });
});

t.test('a difference is counted by property, and nothing says what stood there', async (t) => {
  const stack = await startStack(t, SHADOW);
  // So that the names of its folders are known, and the fault is for what is compared.
  await stack.post(GET_FOLDER);
  await compared(stack, 1);
  const inbox = mailboxOf(stack).folders.resolve('inbox');
  const body = JSON.stringify({ id: inbox.id, displayName: 'PLANTED-name', totalItemCount: 0, unreadItemCount: 0 });
  stack.simulator.graph.script.add({ ...RENAMED, body });
  await stack.post(GET_FOLDER);
  await compared(stack, 2);
  const [result] = await resultsOf(stack);
  t.match(result, { operation: 'GetFolder', compared: 2, equal: 1 });
  t.ok(
    result?.differences.some(
      ({ property, kind }) => property.endsWith('/Folder/DisplayName') && kind === 'other value',
    ),
    JSON.stringify(result),
  );
  t.ok(stack.log().some(({ requestId }) => requestId === result?.differences[0]?.example.requestId));
  const page = (await send(`${stack.admin}/status`, null)).text;
  t.match(page, /Compared with Microsoft Graph[^]*! GetFolder[^]*Folder\/DisplayName: other value, 1 ×/);
  assertNoSecrets(page);
});

t.test('what has changed between the answers is no difference', async (t) => {
  const stack = await startStack(t, SHADOW);
  const { script } = stack.simulator.graph;
  const mailbox = mailboxOf(stack);
  // Graph hears of the message that comes after EWS has answered.
  script.add({ operation: 'POST /$batch', delay: 300 });
  await stack.post(GET_FOLDER);
  await mailbox.deliver(mail('Later'));
  await stack.post(envelope(getFolder('drafts')));
  await compared(stack, 1);
  t.match(await resultsOf(stack), [{ operation: 'GetFolder', compared: 1, equal: 1 }]);
});

t.test('a Graph that fails or hangs is nothing to the client', async (t) => {
  const stack = await startStack(t, SHADOW);
  stack.simulator.graph.script.add({ status: 403, times: 100 });
  for (let index = 0; index < 3; index++) t.equal((await stack.post(GET_FOLDER)).status, 200);
  await compared(stack, 1);
  t.match(await resultsOf(stack), [{ operation: 'GetFolder', compared: 0, failed: /[123]/ }]);
  stack.simulator.graph.script.clear();
  stack.simulator.graph.script.add({ delay: 60_000, times: 100 });
  for (let index = 0; index < 40; index++) t.equal((await stack.post(GET_FOLDER)).status, 200);
  // And the end of the gateway does not wait for it.
});

t.test('what writes, synchronises or asks for MIME is not put to Graph', async (t) => {
  const stack = await startStack(t, SHADOW);
  const item = await mailboxOf(stack).deliver(mail('Invoice'));
  const listed = (await stack.post(LIST.replace('Default', 'IdOnly'))).text;
  const id = /<t:ItemId Id="([^"]+)"/.exec(listed)?.[1] ?? '';
  await compared(stack, 1);
  const { graph } = askedOf(stack);
  t.ok(item.id !== '' && id !== '');
  for (const body of [
    `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>` +
      `</m:ItemShape><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
    '<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>' +
      '<t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId><m:MaxChangesReturned>10</m:MaxChangesReturned>' +
      '</m:SyncFolderItems>',
    `<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:DeleteItem>`,
  ])
    t.equal((await stack.post(envelope(body))).status, 200);
  await stack.post(GET_FOLDER);
  await compared(stack, 2);
  t.same(
    stack.simulator.graph.requests
      .slice(graph)
      .filter(({ template }) => !/mailFolders|batch/.test(template))
      .map(({ template }) => template),
    [],
  );
});

t.test('what was compared is told by caller too', async (t) => {
  const stack = await startStack(t, SHADOW);
  await stack.post(GET_FOLDER);
  await send(stack.url, GET_FOLDER, { authorization: basic(BOB) });
  await compared(stack, 2);
  const response = await request(`${stack.admin}/shadow`);
  const { callers } = (await response.body.json()) as { readonly callers: readonly object[] };
  t.match(callers, [
    { caller: ALICE, results: [{ operation: 'GetFolder', compared: 1, equal: 1 }] },
    { caller: BOB, results: [{ operation: 'GetFolder', compared: 1 }] },
  ]);
});

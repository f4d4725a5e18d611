import t from 'tap';
import { conflict, gatewayTimeout, throttled, type GraphFault } from '../../../src/simulator/graph/faults.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack } from '../../support/stack.ts';

const GET = 'GET /users/{user}/messages/{message}';
const PATCH = 'PATCH /users/{user}/messages/{message}';
const RENAME = 'PATCH /users/{user}/mailFolders/{folder}';
const CREATE_FOLDER = 'POST /users/{user}/mailFolders/{folder}/childFolders';

const stack = await startStack(t, { backend: 'graph', alice: '    operations: mail' });
const { graph, entra } = stack.simulator;
const mailbox = mailboxOf(stack);
const { id } = await mailbox.deliver(mail('item'));

t.beforeEach(() => graph.script.clear());

const refused = (status: number, code: string, message = ''): GraphFault => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: { code, message } }),
});
const expired = (times: number): GraphFault => ({
  ...refused(401, 'InvalidAuthenticationToken', 'Access token has expired or is not yet valid.'),
  operation: GET,
  times,
});
const getItem = envelope(
  '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
    `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:GetItem>`,
);
const markRead = (resolution: string): string =>
  envelope(
    `<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="${resolution}"><m:ItemChanges><t:ItemChange>` +
      `<t:ItemId Id="${id}" ChangeKey="${mailbox.item(id).changeKey}"/><t:Updates><t:SetItemField>` +
      '<t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>true</t:IsRead></t:Message></t:SetItemField>' +
      '</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>',
  );
const createFolder = (name: string): string =>
  envelope(
    '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId><m:Folders><t:Folder>' +
      `<t:DisplayName>${name}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>`,
  );
const rename = (folder: string): string =>
  envelope(
    `<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:FolderId Id="${folder}"/><t:Updates><t:SetFolderField>` +
      '<t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>Renamed</t:DisplayName></t:Folder>' +
      '</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>',
  );

/** Sends a request. @returns its codes, and how often a call was made for it */
async function codesAndCalls(body: string, operation: string): Promise<[codes: string[], calls: number]> {
  const before = graph.requests.length;
  const { text } = await stack.post(body);
  const calls = graph.requests.slice(before).filter(({ method, template }) => `${method} ${template}` === operation);
  return [codesOf(text), calls.length];
}

t.test('a token that is refused is renewed once', async (t) => {
  await stack.post(getItem);
  const before = entra.tokenRequests.length;
  graph.script.add(expired(1));
  t.same(await codesAndCalls(getItem, GET), [['NoError'], 2]);
  t.equal(entra.tokenRequests.length, before + 1);
  graph.script.add(expired(9));
  t.same(await codesAndCalls(getItem, GET), [['ErrorServerBusy'], 1], 'its successor is not replaced at once');
  t.equal(entra.tokenRequests.length, before + 1);
});

for (const [name, fault, calls, codes] of [
  ['502 of a proxy', { status: 502, body: '<html>Bad gateway</html>', isForeign: true }, 2, ['NoError']],
  ['500', refused(500, 'ErrorInternalServerTransientError'), 2, ['NoError']],
  ['504 for ever', { ...gatewayTimeout(), times: 9 }, 3, ['ErrorTimeoutExpired']],
  ['500 that stays', { ...refused(500, 'ErrorCorruptData'), times: 9 }, 1, ['ErrorCorruptData']],
  ['423', refused(423, 'Locked'), 2, ['NoError']],
  ['429 for longer than the client waits', throttled(900), 1, ['ErrorServerBusy']],
] as const)
  t.test(`a read that meets ${name} is made ${calls} times`, async (t) => {
    graph.script.add({ ...fault, operation: GET });
    t.same(await codesAndCalls(getItem, GET), [codes, calls]);
  });

t.test('an id that Graph does not know under a burst is asked for once more', async (t) => {
  const fault = refused(403, 'ErrorAccessDenied', "Access is denied., The store ID provided isn't an ID of an item.");
  graph.script.add({ ...fault, operation: GET });
  t.same(await codesAndCalls(getItem, GET), [['NoError'], 2]);
  graph.script.add({ ...fault, operation: GET, times: 9 });
  t.same(await codesAndCalls(getItem, GET), [['ErrorItemNotFound'], 2]);
});

t.test('a conflict that nobody asked about is tried again, of messages and of folders', async (t) => {
  for (const resolution of ['AutoResolve', 'AlwaysOverwrite']) {
    graph.script.add({ ...conflict(), operation: PATCH, times: 3 });
    t.same(await codesAndCalls(markRead(resolution), PATCH), [['NoError'], 4], resolution);
  }
  const { id: folder } = mailbox.createFolder('inbox', { displayName: 'To be renamed' });
  graph.script.add({ ...conflict(), operation: RENAME });
  t.same(await codesAndCalls(rename(folder), RENAME), [['NoError'], 2]);
});

t.test('a conflict is told where nothing is to be overwritten', async (t) => {
  graph.script.add({ ...conflict(), operation: PATCH });
  t.same(await codesAndCalls(markRead('NeverOverwrite'), PATCH), [['ErrorIrresolvableConflict'], 1]);
});

for (const [cut, code] of [
  ['before', 'NoError'],
  ['midway', 'ErrorFolderExists'],
] as const)
  t.test(`a folder whose creation breaks ${cut} is there once, and its client hears ${code}`, async (t) => {
    graph.script.add({ operation: CREATE_FOLDER, cut });
    t.same(await codesAndCalls(createFolder(cut), CREATE_FOLDER), [[code], 2]);
    const names = mailbox.folders.children(mailbox.folders.resolve('inbox').id).map(({ displayName }) => displayName);
    t.equal(names.filter((name) => name === cut).length, 1);
  });

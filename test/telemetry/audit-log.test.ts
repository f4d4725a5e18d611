import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { envelope, GET_FOLDER, impersonation, getFolder } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
import { ALICE, basic, BOB, send, startStack, assertNoSecrets } from '../support/stack.ts';
type Line = Record<string, unknown>;

function linesOf(file: string): Line[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  assertNoSecrets(text);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

t.test('one line for each outcome, with who, what, and why', async (t) => {
  const { post, url, configFile } = await startStack(t, { yaml: 'audit: { file: audit/requests.log }' });
  const file = join(dirname(configFile), 'audit/requests.log');
  await send(url, GET_FOLDER);
  await post(GET_FOLDER);
  await post(
    envelope(
      '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
        '<m:ItemIds><t:ItemId Id="a"/><t:ItemId Id="b"/></m:ItemIds></m:GetItem>',
    ),
  );
  await post(envelope(getFolder(), impersonation(BOB)));
  await post(envelope('<m:SendItem/>'));
  await send(url, GET_FOLDER, { authorization: basic(ALICE, 'wrong') });
  const lines = await eventually(() => linesOf(file).length === 4 && linesOf(file));
  t.match(lines[0], {
    time: /^20.*Z$/,
    requestId: String,
    source: '127.0.0.1',
    caller: ALICE,
    mailbox: ALICE,
    operation: 'GetFolder',
    items: 0,
    decision: 'allowed',
    status: 200,
    requestBytes: GET_FOLDER.length,
    upstreamRequestId: /./,
  });
  t.match(lines[1], { operation: 'GetItem', items: 2, decision: 'allowed', status: 200 });
  t.match(lines[2], { operation: 'GetFolder', decision: 'refused', reason: 'IMPERSONATION_DENIED', status: 500 });
  t.match(lines[3], { operation: 'SendItem', decision: 'refused', reason: 'OPERATION_DENIED' });
  const refusedFile = join(dirname(file), 'requests-refused.log');
  const refused = await eventually(() => linesOf(refusedFile).length === 1 && linesOf(refusedFile));
  t.match(refused[0], { caller: ALICE, decision: 'refused', reason: 'wrong-password', status: 401 });
  if (process.platform === 'win32') return;
  for (const each of [file, refusedFile]) t.equal(statSync(each).mode & 0o777, 0o600, 'for the own account only');
});

t.test('it is renamed at its size, and older ones are kept', async (t) => {
  const { post, configFile } = await startStack(t, {
    yaml: 'audit: { file: audit.log, maxBytes: 10000, keep: 2 }',
    logLevel: 'warn',
  });
  const file = join(dirname(configFile), 'audit.log');
  for (let count = 0; count < 130; count++) await post(GET_FOLDER);
  await eventually(() => existsSync(`${file}.2`));
  t.ok(linesOf(`${file}.1`).length > 20 && linesOf(`${file}.2`).length > 20);
  t.notOk(existsSync(`${file}.3`));
});

t.test('a reload goes on in a new file where the old one was moved away', async (t) => {
  const { post, configFile, reload } = await startStack(t, { yaml: 'audit: { file: audit.log }' });
  const file = join(dirname(configFile), 'audit.log');
  await post(GET_FOLDER);
  renameSync(file, `${file}.moved`);
  await reload();
  await post(GET_FOLDER);
  await eventually(() => linesOf(file).length === 1);
  t.equal(linesOf(`${file}.moved`).length, 1, 'nothing is lost');
});

t.test('a file that cannot be written is told at the start, and at a reload nothing changes', async (t) => {
  const { reload, writeConfig, post, configFile } = await startStack(t);
  writeFileSync(join(dirname(configFile), 'file'), '');
  writeConfig({ yaml: 'audit: { file: file/audit.log }' });
  await t.rejects(reload(), { code: /ENOTDIR|EEXIST/ });
  t.equal((await post(GET_FOLDER)).status, 200);
});

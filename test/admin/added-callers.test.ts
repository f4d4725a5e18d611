/** Callers that the administrator adds on the status page. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { request } from 'undici';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, newMailbox, send, startStack, type Answer, type Stack } from '../support/stack.ts';

const DAVE = 'dave@contoso.test';

function fileOf({ configFile }: Stack): string {
  return join(dirname(configFile), 'callers.json');
}

async function press({ admin }: Stack, path: string, fields: Record<string, string>): Promise<Answer> {
  const token = /name="token" value="([\w-]+)"/.exec((await send(`${admin}/status`, null)).text)?.[1] ?? '';
  const { statusCode, headers, body } = await request(`${admin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token, ...fields }).toString(),
  });
  return { status: statusCode, headers, text: await body.text() };
}

/** Presses a button whose effect is awaited, while the file is read as the watch does. */
async function change(stack: Stack, path: string, fields: Record<string, string>): Promise<Answer> {
  const before = existsSync(fileOf(stack)) ? readFileSync(fileOf(stack), 'utf8') : '';
  const answer = press(stack, path, fields);
  const timer = setInterval(() => {
    if (!existsSync(fileOf(stack)) || readFileSync(fileOf(stack), 'utf8') === before) return;
    clearInterval(timer);
    void stack.reload();
  }, 10);
  const result = await answer;
  clearInterval(timer);
  return result;
}

const withDave = (simulator: Simulator): void => void simulator.exchange.mailboxes.push(newMailbox(DAVE));
const FORM = { username: DAVE, mailbox: DAVE, registration: 'contoso', operations: 'capture' };

t.test('a caller is added, enrolled and removed on the page', async (t) => {
  const stack = await startStack(t, { yaml: 'audit: { file: audit.log }', prepare: withDave });
  t.equal((await change(stack, '/status/callers', FORM)).status, 303);
  const { text } = await send(`${stack.admin}/status`, null);
  t.match(text, /<strong>dave@contoso\.test<\/strong><small>added on this page/);
  t.match(text, /ews-gateway enrol dave@contoso\.test --config /, 'the next command');
  if (process.platform !== 'win32') t.equal(statSync(fileOf(stack)).mode & 0o777, 0o600);
  t.match(JSON.parse(readFileSync(fileOf(stack), 'utf8')), { version: 1, callers: [{ ...FORM, at: /^20/ }] });
  const signIn = async (): Promise<number> =>
    (await send(stack.url, GET_FOLDER, { authorization: basic(DAVE, 'PLANTED-new') })).status;
  t.equal(await signIn(), 401);
  t.equal((await press(stack, '/status/enrol', { username: DAVE })).status, 303);
  t.equal(await signIn(), 200);
  t.equal((await press(stack, '/status/enrol', { username: DAVE })).status, 422, 'it has a password now');
  t.equal((await change(stack, '/status/callers/remove', { username: DAVE })).status, 303);
  t.equal(await signIn(), 401);
  await change(stack, '/status/callers', FORM);
  t.equal(await signIn(), 401, 'the password of the one before does not open a later one of the same name');
  const events = new Set(stack.log().map(({ msg }) => msg));
  for (const msg of ['caller added', 'caller removed']) t.ok(events.has(msg), msg);
  await stack.gateway.close();
  const audit = readFileSync(join(dirname(stack.configFile), 'audit.log'), 'utf8');
  for (const event of ['CALLER_ADDED', 'ENROLMENT_OPENED', 'CALLER_REMOVED'])
    t.match(audit, `"event":"${event}","subject":"${DAVE}","source":"127.0.0.1"`);
});

t.test('the validators of the configuration judge it, and nothing is written', async (t) => {
  const stack = await startStack(t);
  for (const [fields, problem] of [
    [{ ...FORM, registration: 'other' }, /there is no registration &quot;other&quot;/],
    [{ ...FORM, operations: 'all' }, /operations: must be one of capture, mail/],
    [{ ...FORM, mailbox: 'nonsense' }, /mailbox: does not look right/],
    [{ ...FORM, username: '@contoso.test' }, /username: does not look right/],
    [{ ...FORM, username: ALICE.toUpperCase() }, /stands in .*gateway\.yaml already/],
    [{ ...FORM, mayImpersonate: 'bob@contoso.test rubbish' }, /mayImpersonate\[1\]: does not look right/],
  ] as const) {
    const { status, text } = await press(stack, '/status/callers', fields);
    t.equal(status, 422);
    t.match(text, problem);
    t.match(text, /<details data-key="add" open>/, 'to be corrected');
  }
  t.notOk(existsSync(fileOf(stack)));
  const foreign = await press(stack, '/status/callers', { ...FORM, token: 'guess' });
  t.equal(foreign.status, 403, 'a form of another page');
  t.notOk(existsSync(fileOf(stack)));
});

t.test('what stands in the configuration counts, with a warning', async (t) => {
  const stack = await startStack(t);
  writeFileSync(fileOf(stack), JSON.stringify({ version: 1, callers: [{ ...FORM, username: 'ALICE@contoso.test' }] }));
  await stack.reload();
  t.equal((await stack.post(GET_FOLDER)).status, 200, 'with its password of the configuration');
  t.match((await send(`${stack.admin}/status`, null)).text, /ALICE@contoso\.test stands in .*callers\.json too/);
});

for (const [what, text] of [
  ['is broken', '{ "version": 1, "callers": ['],
  ['is empty', ''],
  ['names a program', JSON.stringify({ version: 1, callers: [{ ...FORM, command: ['/bin/sh'] }] })],
  ['brings a password', JSON.stringify({ version: 1, callers: [{ ...FORM, password: { hash: 'scrypt:1' } }] })],
] as const) {
  t.test(`a file that ${what}: the gateway works without it, says so, and leaves it as it is`, async (t) => {
    const stack = await startStack(t);
    writeFileSync(fileOf(stack), text);
    await stack.reload();
    t.equal((await stack.post(GET_FOLDER)).status, 200);
    const page = (await send(`${stack.admin}/status`, null)).text;
    t.match(page, /Callers that were added on the status page are left out.*callers\.json/);
    t.notMatch(page, /Add a caller/);
    t.ok(stack.log().some(({ msg }) => String(msg).includes('are left out, since their file is not usable')));
    const { status, text: refused } = await press(stack, '/status/callers', FORM);
    t.equal(status, 422);
    t.match(refused, /The gateway does not write to .*callers\.json/);
    t.equal(readFileSync(fileOf(stack), 'utf8'), text);
  });
}

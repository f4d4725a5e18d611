/** Each command really starts as a process; what it does is tested beside, without one. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { spawnCommand } from '../support/command.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, BOB, CLIENT, PASSWORD, SECRET, send, startStack, TENANT } from '../support/stack.ts';
import { LONG_ONLY } from '../support/effort.ts';

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-program-'));
t.teardown(() => rmSync(folder, { recursive: true }));

t.test('help, and a command line that is wrong', async (t) => {
  const help = spawnCommand(t, []);
  t.equal(await help.ended, 0);
  t.match(help.stdout, /^Usage: ews-gateway <command>/);
  const wrong = spawnCommand(t, ['strat']);
  t.equal(await wrong.ended, 2);
  t.match(wrong.stderr, /^There is no command "strat"/);
});

t.test('schema, certs and init', { skip: LONG_ONLY }, async (t) => {
  const schema = spawnCommand(t, ['schema']);
  t.equal(await schema.ended, 0);
  t.match(JSON.parse(schema.stdout), { title: 'ews-gateway configuration' });
  const certs = spawnCommand(t, ['certs', 'gate.contoso.test'], { cwd: folder });
  t.equal(await certs.ended, 0, certs.stderr);
  t.ok(existsSync(join(folder, 'certs/gateway.crt')), 'in the working directory');
  const args = ['--tenant', TENANT, '--client', CLIENT, '--delegated', '--caller', ALICE, '--no-check'];
  const init = spawnCommand(t, ['init', ...args], { cwd: folder });
  t.equal(await init.ended, 0, init.stderr);
  t.match(init.stdout, /^Wrote config\/gateway\.yaml\n/);
  t.ok(existsSync(join(folder, 'config/gateway.yaml')));
});

t.test('what asks the running gateway: test, unlock, enrol', { skip: LONG_ONLY }, async (t) => {
  const stack = await startStack(t);
  stack.writeConfig({ listen: `["${stack.origin}"]`, admin: stack.admin });
  const test = spawnCommand(t, ['test', ALICE, '-c', stack.configFile], { input: `${PASSWORD}\n` });
  t.equal(await test.ended, 0, test.stderr);
  t.match(test.stdout, /alice@contoso\.test works/);
  const unlock = spawnCommand(t, ['unlock', '-c', stack.configFile]);
  t.equal(await unlock.ended, 0, unlock.stderr);
  t.equal(unlock.stdout, 'Nothing is locked.\n');
  const enrol = spawnCommand(t, ['enrol', BOB, '--replace', '-c', stack.configFile]);
  t.equal(await enrol.ended, 0, enrol.stderr);
  t.match(enrol.stdout, /^Until 20.* the first password that comes for bob@contoso\.test is enrolled/);
});

t.test('start serves until SIGTERM, and ends with status 0', async (t) => {
  const stack = await startStack(t);
  stack.writeConfig({ yaml: 'log: { format: json }' });
  const gateway = spawnCommand(t, ['start', '-c', stack.configFile], { environment: { SECRET } });
  const [, origin = ''] = await gateway.until(/"listeners":\["([^"]+)"\]/);
  const answer = await send(`${origin}/ews/exchange.asmx`, GET_FOLDER, { authorization: basic(ALICE) });
  t.equal(answer.status, 200);
  // In the log of the stack too, for whom Exchange did something.
  t.equal((await stack.post(GET_FOLDER)).status, 200);
  gateway.kill('SIGTERM');
  t.equal(await gateway.ended, process.platform === 'win32' ? null : 0);
  if (process.platform !== 'win32') t.match(gateway.stdout, /"msg":"stopped"/);
  t.equal(gateway.stderr, '');
});

t.test('demo stays up until Ctrl+C', { skip: LONG_ONLY }, async (t) => {
  const demo = spawnCommand(t, ['demo', '--port', '0', '--output', join(folder, 'demo')]);
  await demo.until(/Ctrl\+C ends it/);
  demo.kill('SIGINT');
  t.equal(await demo.ended, process.platform === 'win32' ? null : 0);
});

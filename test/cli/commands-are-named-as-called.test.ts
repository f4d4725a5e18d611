/** Messages name commands in the form in which the program was started, to be copied. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { asCalled, commandLine, NPM_SCRIPTS, programNameFrom } from '../../src/cli/invocation.ts';
import { COMMAND_NAMES } from '../../src/cli/run.ts';
import { run, spawnCommand } from '../support/command.ts';

const npm = { programName: 'npm run' };
const installed = { programName: 'ews-gateway' };

t.test('each command has a script that passes its arguments on', async (t) => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  t.same(Object.keys(NPM_SCRIPTS).toSorted(), COMMAND_NAMES.filter((name) => name !== 'schema').toSorted());
  for (const [command, script] of Object.entries(NPM_SCRIPTS))
    t.match(scripts[script], new RegExp(`^node .*src/launch\\.js ${command}$`), script);
});

t.test('npm says which script it runs', async (t) => {
  t.equal(programNameFrom({ npm_lifecycle_event: 'test-mailbox' }, 'test'), 'npm run');
  t.equal(programNameFrom({ npm_lifecycle_event: 'test' }, 'test'), 'ews-gateway', 'of another script it is inherited');
  t.equal(programNameFrom({}, 'check'), 'ews-gateway');
  t.equal(programNameFrom({ npm_lifecycle_event: 'x' }, undefined), 'ews-gateway');
});

t.test('commands to be copied, and commands in sentences', async (t) => {
  t.equal(commandLine(npm, 'enrol', 'CONTOSO\\a b', '--for', '15m'), 'npm run enrol -- "CONTOSO\\a b" --for 15m');
  t.equal(commandLine(installed, 'enrol', 'a@b.test'), 'ews-gateway enrol a@b.test');
  t.equal(commandLine(npm, 'start'), 'npm start');
  for (const [text, expected] of [
    ['Make one with: ews-gateway init, or copy it.', 'Make one with: npm run init, or copy it.'],
    ['ews-gateway certs makes one.', 'npm run certs makes one.'],
    ['(ews-gateway sign-in MAILBOX)', '(npm run sign-in -- MAILBOX)'],
    ['run: ews-gateway sign-in a@b.test', 'run: npm run sign-in -- a@b.test'],
    ['  ews-gateway enrol erin --for 15m', '  npm run enrol -- erin --for 15m'],
    ['  ews-gateway test erin', '  npm run test-mailbox -- erin'],
    ['the service ews-gateway is stopped', 'the service ews-gateway is stopped'],
  ] as const) {
    t.equal(asCalled(npm, text), expected);
    t.equal(asCalled(installed, text), text);
  }
});

t.test('help and errors of a command', async (t) => {
  const help = run(t, ['enrol', '--help'], npm);
  t.equal(await help.ended, 0);
  t.match(help.stdout, /^Usage: npm run enrol -- USERNAME/);
  const missing = run(t, ['check', '--config', 'none.yaml'], npm);
  t.equal(await missing.ended, 1);
  t.match(missing.stdout, /Make one with: npm run init, or copy/);
  const asProcess = spawnCommand(t, ['unlock', '--help'], { environment: { npm_lifecycle_event: 'unlock' } });
  t.equal(await asProcess.ended, 0);
  t.match(asProcess.stdout, /^Usage: npm run unlock -- \[/);
});

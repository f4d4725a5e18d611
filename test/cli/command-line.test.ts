import t from 'tap';
import { COMMAND_NAMES } from '../../src/cli/run.ts';
import { VERSION } from '../../src/version.ts';
import { run } from '../support/command.ts';

t.test('without a command it tells which there are', async (t) => {
  const help = run(t, []);
  t.equal(await help.ended, 0);
  t.equal(COMMAND_NAMES.length, 15);
  for (const command of COMMAND_NAMES) t.match(help.stdout, new RegExp(`^  ${command} `, 'm'));
  for (const args of [['--help'], ['-h'], ['help']]) {
    const same = run(t, args);
    t.equal(await same.ended, 0);
    t.equal(same.stdout, help.stdout);
  }
});

t.test('--version tells the release', async (t) => {
  const command = run(t, ['--version']);
  t.equal(await command.ended, 0);
  t.equal(command.stdout, `ews-gateway ${VERSION}\n`);
});

t.test('a command that there is not: exit status 2 and the list', async (t) => {
  for (const name of ['strat', 'toString']) {
    const command = run(t, [name]);
    t.equal(await command.ended, 2);
    t.match(command.stderr, new RegExp(`^There is no command "${name}"\\.[^]*Usage:`));
    t.equal(command.stdout, '');
  }
});

t.test('an option that there is not: exit status 2', async (t) => {
  const command = run(t, ['start', '--port', '1']);
  t.equal(await command.ended, 2);
  t.match(command.stderr, /Unknown option '--port'/);
});

t.test('each command explains itself', async (t) => {
  for (const name of COMMAND_NAMES) {
    const command = run(t, [name, '--help']);
    t.equal(await command.ended, 0);
    t.match(command.stdout, new RegExp(`^Usage: ews-gateway ${name}\\b`));
    t.equal(command.stderr, '');
  }
});

t.test('schema prints the JSON Schema', async (t) => {
  const command = run(t, ['schema']);
  t.equal(await command.ended, 0);
  t.equal((JSON.parse(command.stdout) as { title: string }).title, 'ews-gateway configuration');
});

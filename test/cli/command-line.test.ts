import t from 'tap';
import { run } from '../support/command.ts';

t.test('without a command it tells which there are', async (t) => {
  const help = run(t, []);
  t.equal(await help.ended, 0);
  for (const command of [
    'init',
    'check',
    'test',
    'start',
    'demo',
    'hash-password',
    'sign-in',
    'enrol',
    'unlock',
    'certs',
    'schema',
    'tenant-script',
  ])
    t.match(help.stdout, new RegExp(`^  ${command} `, 'm'));
  const same = run(t, ['--help']);
  await same.ended;
  t.equal(same.stdout, help.stdout);
});

t.test('a command that there is not: exit status 2 and the list', async (t) => {
  const command = run(t, ['strat']);
  t.equal(await command.ended, 2);
  t.match(command.stderr, /There is no command "strat"\.[^]*Usage:/);
  t.equal(command.stdout, '');
});

t.test('an option that there is not: exit status 2', async (t) => {
  const command = run(t, ['start', '--port', '1']);
  t.equal(await command.ended, 2);
  t.match(command.stderr, /Unknown option '--port'/);
});

t.test('each command explains itself', async (t) => {
  for (const name of [
    'init',
    'check',
    'test',
    'start',
    'demo',
    'hash-password',
    'sign-in',
    'enrol',
    'unlock',
    'certs',
    'schema',
    'tenant-script',
  ]) {
    const command = run(t, [name, '--help']);
    t.equal(await command.ended, 0);
    t.match(command.stdout, new RegExp(`^Usage: ews-gateway ${name}`));
  }
});

t.test('schema prints the JSON Schema', async (t) => {
  const command = run(t, ['schema']);
  t.equal(await command.ended, 0);
  t.equal((JSON.parse(command.stdout) as { title: string }).title, 'ews-gateway configuration');
});

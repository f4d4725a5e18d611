import t from 'tap';
import { run, spawnCommand } from '../support/command.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, BOB, startStack } from '../support/stack.ts';

t.test('it says what answers a mailbox and why, sets it, and takes that back', async (t) => {
  const stack = await startStack(t, { backend: 'auto' });
  stack.writeConfig({ backend: 'auto', admin: stack.admin });
  const backend = async (...args: string[]): Promise<string> => {
    const command = run(t, ['backend', '--config', stack.configFile, ...args]);
    t.equal(await command.ended, 0, command.stderr);
    return command.stdout;
  };
  t.equal(await backend(ALICE), `${ALICE} (contoso): EWS (auto)\n`);
  stack.simulator.exchange.settings.ewsEnabled = false;
  await stack.post(GET_FOLDER);
  t.match(
    await backend(ALICE.toUpperCase()),
    /^ALICE.* \(contoso\): Microsoft Graph \(auto, for good\) since 20.*: EWS is switched off for the tenant or this/,
  );
  t.match(await backend(BOB, 'graph'), /^bob.* Microsoft Graph \(set by command\) since 20/);
  const told = stack.log().find(({ msg }) => msg === 'backend of a mailbox set');
  t.match(told, { mailbox: BOB, backend: 'graph', registrations: ['contoso'] });
  t.equal(await backend(BOB, 'auto'), `${BOB} (contoso): EWS (auto)\n`);
});

t.test('a mailbox that no caller with backend: auto opens', async (t) => {
  const stack = await startStack(t, { backend: 'auto', alice: '    backend: ews' });
  stack.writeConfig({ backend: 'auto', alice: '    backend: ews', admin: stack.admin });
  for (const [mailbox, ...more] of [[ALICE], [ALICE, 'graph'], ['nobody@contoso.test']]) {
    // Once as a process of its own.
    const start = more.length > 0 ? spawnCommand : run;
    const command = start(t, ['backend', '--config', stack.configFile, mailbox ?? '', ...more], {
      environment: { SECRET: 'unused' },
    });
    t.equal(await command.ended, 1);
    t.match(command.stderr, /^No caller with backend: auto in .* opens /);
  }
});

t.test('without a mailbox, or with a backend that there is not, it shows how it is called', async (t) => {
  for (const args of [[], [ALICE, 'imap']]) {
    const command = run(t, ['backend', ...args]);
    t.equal(await command.ended, 2);
    t.match(command.stderr, /Usage: ews-gateway backend MAILBOX \[ews \| graph \| auto\]/);
  }
});

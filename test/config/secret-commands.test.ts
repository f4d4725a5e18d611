import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { commandKey, runCommands, runCommandSync, type CommandResult } from '../../src/config/secret-command.ts';
import type { CommandReference } from '../../src/config/types.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { SECRET, startStack } from '../support/stack.ts';

const node = (script: string, timeoutSeconds = 10): CommandReference => ({
  command: [process.execPath, '-e', script],
  timeoutSeconds,
});

async function bothWays(reference: CommandReference): Promise<CommandResult> {
  const sync = runCommandSync(reference);
  t.same((await runCommands([reference])).get(commandKey(reference)), sync, 'the same, waited for or not');
  return sync;
}

t.test('what a program prints is the secret', async (t) => {
  t.same(await bothWays(node('console.log("printed")')), { value: 'printed' });
  t.same(
    await bothWays({ command: [process.execPath, '-p', 'process.argv[1]', '; echo $HOME'], timeoutSeconds: 10 }),
    { value: '; echo $HOME' },
    'no shell reads its arguments',
  );
});

t.test('a program that fails is explained, without what it printed', async (t) => {
  t.match(await bothWays(node('console.log("PLANTED"); console.error("vault is sealed"); process.exit(3)')), {
    problem: /ended with status 3: vault is sealed$/,
  });
  t.match(await bothWays({ command: ['/no/such/program'], timeoutSeconds: 10 }), {
    problem: '/no/such/program cannot be run (ENOENT)',
  });
  t.match(await bothWays(node('setTimeout(() => {}, 60000)', 1)), { problem: /printed no secret within 1 s/ });
  t.match(await bothWays(node('')), { problem: /printed nothing/ });
});

t.test('it serves a registration, and its trouble is placed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-command-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'vault.mjs'), `console.log(${JSON.stringify(SECRET)})`);
  const credential = (file: string): string =>
    `    credential: { secret: { command: ["${process.execPath}", "${join(folder, file)}"] } }`;
  const stack = await startStack(t, { registration: credential('vault.mjs') });
  t.equal((await stack.post(GET_FOLDER)).status, 200);
  stack.writeConfig({ registration: credential('none.mjs') });
  await t.rejects(stack.reload(), {
    message: /gateway\.yaml:\d+:\d+: registrations\.contoso\.credential\.secret\.command: .* ended with status 1/,
  });
});

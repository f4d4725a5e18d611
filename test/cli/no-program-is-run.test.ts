/**
 * An administrator's commands run no program that the configuration names for the gateway's secrets: whoever may
 * write that file would have the administrator's rights.
 */
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../support/command.ts';
import { ALICE, PASSWORD, startStack, type Stack } from '../support/stack.ts';

/** A program that leaves a trace when it runs, and prints a key. */
function traced(stack: Stack): { readonly command: string; readonly ran: () => boolean; readonly forget: () => void } {
  const file = join(dirname(stack.configFile), 'ran');
  const script = `fs.writeFileSync(process.argv[1],''); console.log(Buffer.alloc(32).toString('base64'))`;
  return {
    command: `{ command: ["${process.execPath}", "-e", "${script}", "${file}"] }`,
    ran: () => existsSync(file),
    forget: () => rmSync(file, { force: true }),
  };
}

async function textOf(t: Test, stack: Stack, args: readonly string[]): Promise<string> {
  const command = run(t, [...args, '--config', stack.configFile], { input: `${PASSWORD}\n` });
  await command.ended;
  return command.stdout + command.stderr;
}

t.test('not by unlock, enrol and test, whatever secret it is for', async (t) => {
  const stack = await startStack(t);
  const { command, ran } = traced(stack);
  const yaml = [
    `proxy: { url: "http://127.0.0.1:9", username: x, password: ${command} }`,
    `tokenStore: { key: ${command} }`,
  ].join('\n');
  for (const registration of [
    `    credential: { secret: ${command}, nextSecret: ${command} }`,
    `    credential: { certificate: { pfx: x.pfx, passphrase: ${command} } }`,
    '    flow: delegated',
  ]) {
    const listen = `["${stack.origin}", { url: "https://127.0.0.1:1", pfx: x.pfx, passphrase: ${command} }]`;
    stack.writeConfig({ registration, yaml, listen, admin: stack.admin });
    t.equal(await textOf(t, stack, ['unlock']), 'Nothing is locked.\n');
    t.match(await textOf(t, stack, ['enrol', ALICE]), /alice@contoso\.test has a password already/);
    t.match(await textOf(t, stack, ['test', ALICE]), /alice@contoso\.test works/);
    t.notOk(ran(), registration);
    t.notOk(existsSync(join(dirname(stack.configFile), 'state')), 'nor is a key made for the gateway');
  }
});

t.test(
  'by sign-in only the one for the key of the sign-ins, from a file that only administrators may write',
  { skip: process.platform === 'win32' ? 'there are no such modes' : false },
  async (t) => {
    const stack = await startStack(t);
    const { command, ran, forget } = traced(stack);
    const yaml = `proxy: { url: "http://127.0.0.1:9", username: x, password: ${command} }`;
    stack.writeConfig({ registration: '    flow: delegated', yaml });
    chmodSync(stack.configFile, 0o640);
    t.match(await textOf(t, stack, ['sign-in', ALICE]), /sign in as alice@contoso\.test/);
    t.notOk(ran());
    stack.writeConfig({ registration: '    flow: delegated', yaml: `${yaml}\ntokenStore: { key: ${command} }` });
    for (const [path, mode] of [
      [stack.configFile, 0o660],
      [dirname(stack.configFile), 0o777],
    ] as const) {
      chmodSync(path, mode);
      t.match(await textOf(t, stack, ['sign-in', ALICE]), /tokenStore\.key\.command: is not run, since other accounts/);
      t.notOk(ran());
      chmodSync(path, 0o700);
    }
    await textOf(t, stack, ['sign-in', ALICE]);
    t.ok(ran());
    forget();
    chmodSync(stack.configFile, 0o660);
    await textOf(t, stack, ['sign-in', ALICE, '--trust-configuration']);
    t.ok(ran(), 'where the administrator says so, as on Windows, which does not tell');
    forget();
  },
);

import { X509Certificate } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { matchesPassword, parsePasswordHash } from '../../src/callers/password-hash.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { run, spawnCommand, type CommandRun } from '../support/command.ts';
import { CLIENT, PASSWORD, TENANT } from '../support/stack.ts';

function place(t: Test): { folder: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-init-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return { folder, file: join(folder, 'config', 'gateway.yaml') };
}

const IDS = ['--tenant', TENANT, '--client', CLIENT];

t.test('from options alone, with a secret in the environment', async (t) => {
  const { file } = place(t);
  const command = run(t, [
    'init',
    ...IDS,
    '--secret-env',
    'CONTOSO_SECRET',
    '--secret-expires',
    '2027-01-31',
    '--caller',
    'invoices@contoso.com',
    '--caller',
    'orders@contoso.com',
    '--cloud',
    'gcchigh',
    '--config',
    file,
    '--no-check',
  ]);
  t.equal(await command.ended, 0, command.stderr);
  const config = loadConfig(file, { environment: { CONTOSO_SECRET: 'PLANTED-x' } });
  const registration = config.registrations.get('contoso');
  t.match(registration, {
    tenantId: TENANT,
    clientId: CLIENT,
    credential: { kind: 'secret', secret: 'PLANTED-x' },
    loginOrigin: 'https://login.microsoftonline.us',
    backend: 'auto',
    graphOnAccessDenied: false,
  });
  t.same(registration?.credential.notAfter, new Date('2027-01-31T23:59:59Z'));
  t.match(config.callers, [
    { username: 'invoices@contoso.com', passwordHash: undefined },
    { username: 'orders@contoso.com' },
  ]);
  t.equal(statSync(file).mode & 0o777, 0o640);
  t.match(readFileSync(file, 'utf8'), /^# yaml-language-server/);
  t.ok(
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => /^\s*#/.test(line)).length > 8,
    'with comments',
  );
  t.match(command.stdout, /ews-gateway enrol invoices@contoso\.com --for 15m/);
});

t.test('with a key and certificate for the app registration', async (t) => {
  const { folder, file } = place(t);
  const args = [
    'init',
    ...IDS,
    '--new-certificate',
    '--caller',
    'invoices@contoso.com',
    '--config',
    file,
    '--no-check',
  ];
  const command = run(t, args);
  t.equal(await command.ended, 0, command.stderr);
  const certificate = new X509Certificate(readFileSync(join(folder, 'certs/contoso.crt')));
  t.match(command.stdout, /Upload the certificate: Entra admin center/);
  t.ok(command.stdout.includes(certificate.fingerprint.replaceAll(':', '')), 'the thumbprint that Entra shows');
  t.equal(statSync(join(folder, 'certs/contoso.key')).mode & 0o777, 0o600);
  t.match(loadConfig(file).registrations.get('contoso')?.credential, {
    kind: 'certificate',
    thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''),
  });
  const again = run(t, [...args, '--force']);
  t.equal(await again.ended, 1);
  t.match(
    again.stderr,
    /contoso\.key is there already|contoso\.crt is there already/,
    'a key in use is not overwritten',
  );
});

t.test('with a secret in a file, delegated, or a PFX', async (t) => {
  const { folder, file } = place(t);
  const secret = join(folder, 'secret.txt');
  writeFileSync(secret, 'PLANTED-y\n', { mode: 0o600 });
  t.equal(
    await run(t, ['init', ...IDS, '--secret-file', secret, '--caller', 'a@b.test', '--config', file, '--no-check'])
      .ended,
    0,
  );
  t.match(loadConfig(file).registrations.get('b')?.credential, { secret: 'PLANTED-y' });
  t.equal(
    await run(t, [
      'init',
      ...IDS,
      '--delegated',
      '--name',
      'mine',
      '--caller',
      'a@b.test',
      '--config',
      file,
      '--no-check',
      '--force',
    ]).ended,
    0,
  );
  t.match(loadConfig(file).registrations.get('mine'), { flow: 'delegated' });
  t.equal(
    await run(t, [
      'init',
      ...IDS,
      '--certificate',
      join(folder, 'x.pfx'),
      '--caller',
      'a@b.test',
      '--config',
      file,
      '--no-check',
      '--force',
    ]).ended,
    0,
  );
  t.match(readFileSync(file, 'utf8'), /certificate: \{ pfx: \.\.\/x\.pfx \}/);
});

t.test('it ends with a check, which says what is missing still', async (t) => {
  const { file } = place(t);
  const command = run(t, ['init', ...IDS, '--secret-env', 'NOT_SET_YET', '--caller', 'a@b.test', '--config', file]);
  t.equal(await command.ended, 1);
  t.match(command.stdout, /Wrote .*gateway\.yaml[^]*Checking it:\n✗ .*the environment variable NOT_SET_YET is not set/);
  t.ok(existsSync(file));
});

t.test('what it refuses', async (t) => {
  const { file } = place(t);
  const all = ['init', ...IDS, '--secret-env', 'X', '--caller', 'a@b.test', '--config', file, '--no-check'];
  t.equal(await run(t, all).ended, 0);
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [all, /is there already\. Use --force/],
    [['init', '--config', `${file}2`], /these options are needed: --tenant; --client; --secret-env.*; --caller/],
    [[...all, '--force', '--delegated'], /One of --secret-env, --delegated, not several/],
    [
      ['init', '--tenant', 'x y', '--client', CLIENT, '--delegated', '--caller', 'a@b.test', '--config', `${file}2`],
      /"x y" does not look right/,
    ],
    [[...all, '--force', '--caller', 'CONTOSO\\x'], /--caller CONTOSO\\x: an address.*DOMAIN\\user=invoices/],
    [[...all, '--force', '--cloud', 'mars'], /--cloud mars: one of global/],
    [[...all, '--force', '--secret-expires', 'soon'], /a day like 2027-01-31/],
  ];
  for (const [args, text] of refusals) {
    const command = run(t, args);
    t.ok(Number(await command.ended) > 0);
    t.match(command.stderr, text);
  }
});

t.test('a user name that is no address, with its mailbox', async (t) => {
  const { file } = place(t);
  const caller = 'CONTOSO\\scan user=invoices@contoso.com';
  const args = ['init', ...IDS, '--delegated', '--caller', caller, '--config', file, '--no-check'];
  const command = run(t, args, { programName: 'npm run' });
  t.equal(await command.ended, 0, command.stderr);
  const config = loadConfig(file);
  t.match(config.callers, [{ username: 'CONTOSO\\scan user', mailbox: 'invoices@contoso.com' }]);
  t.ok(config.registrations.has('contoso'), 'named by the domain of the mailbox');
  t.ok(command.stdout.includes(`npm run sign-in -- invoices@contoso.com --config ${file}\n`), command.stdout);
  t.ok(command.stdout.includes(`npm run enrol -- "CONTOSO\\scan user" --for 15m --config ${file}\n`));
  t.ok(command.stdout.includes(`npm start -- --config ${file}\n`));
  t.match(readFileSync(file, 'utf8'), /^ +# +npm run enrol -- "CONTOSO\\scan user" --for 15m$/m);
});

const noTerminal = existsSync('/usr/bin/script') ? false : 'needs script(1)';

interface Interview {
  readonly command: CommandRun;
  readonly answer: (question: RegExp, text: string) => Promise<void>;
}

function interview(t: Test, args: readonly string[]): Interview {
  const command = run(t, ['init', '--no-check', ...args], { terminal: true });
  return {
    command,
    answer: async (question, text) => {
      await command.until(question);
      command.stderr = '';
      command.type(`${text}\r`);
    },
  };
}

t.test('a wrong answer is asked for again, and costs no other', async (t) => {
  const { file } = place(t);
  const { command, answer } = interview(t, ['--config', file]);
  await answer(/Directory \(tenant\) ID.*: /, '00000000-0000-0000-0000-000000000000');
  await answer(/It is a GUID[^]*Directory \(tenant\) ID.*: /, TENANT);
  await answer(/Application \(client\) ID: /, TENANT);
  await answer(/That is the Directory \(tenant\) ID[^]*Application \(client\) ID: /, CLIENT);
  await answer(/User name: /, 'no address');
  await answer(/An address like[^]*User name: /, 'CONTOSO\\scan');
  await answer(/Mailbox of CONTOSO\\scan.*: /, 'scan');
  await answer(/An address like[^]*Mailbox of.*: /, 'scan@contoso.com');
  await answer(/Another one: /, 'contoso\\SCAN');
  await answer(/It is there already[^]*Another one: /, '');
  await answer(/1, 2, 3 or 4 \[1\]: /, '5');
  await answer(/One of them[^]*1, 2, 3 or 4 \[1\]: /, '1');
  await answer(/Value \(not its ID.*: /, CLIENT);
  await answer(/the ID of the secret[^]*Value \(not its ID.*: /, 'PLANTED-the-secret');
  await answer(/Day on which it expires.*: /, '2027-13-31');
  await answer(/A day like[^]*Day on which it expires.*: /, '2099-01-31');
  await answer(/Password that the program sends.*: /, PASSWORD);
  await answer(/Let Graph take over there too.*\[no\]: /, 'maybe');
  await answer(/yes or no\.[^]*Let Graph take over.*: /, 'yes');
  t.equal(await command.ended, 0, command.stdout);
  const config = loadConfig(file);
  t.match(config.registrations.get('contoso'), { backend: 'auto', graphOnAccessDenied: true });
  t.match(config, {
    callers: [{ username: 'CONTOSO\\scan', mailbox: 'scan@contoso.com', passwordHash: /./ }],
  });
});

t.test('what is given up, or stopped by Ctrl+C, leaves nothing behind', async (t) => {
  const { folder, file } = place(t);
  const args = ['--config', file, ...IDS, '--caller', 'invoices@contoso.com'];
  const wrong = interview(t, args);
  await wrong.answer(/1, 2, 3 or 4 \[1\]: /, '1');
  await wrong.answer(/Value \(not its ID.*: /, 'PLANTED-the-secret');
  for (let attempt = 0; attempt < 5; attempt++) await wrong.answer(/Day on which it expires.*: /, 'soon');
  t.equal(await wrong.command.ended, 1);
  t.match(wrong.command.stderr, /5 answers were wrong\. Nothing was written\./);
  t.same(readdirSync(folder), []);
  const stopped = interview(t, args);
  await stopped.answer(/1, 2, 3 or 4 \[1\]: /, '3');
  await stopped.answer(/Password that the program sends.*: /, '\u0003');
  t.equal(await stopped.command.ended, 1);
  t.same(readdirSync(folder), [], 'no key either');
});

t.test('asked on a terminal', { skip: noTerminal }, async (t) => {
  const { folder, file } = place(t);
  const command = spawnCommand(t, ['init', '--config', file, '--no-check'], { terminal: true });
  const answer = async (question: RegExp, text: string): Promise<void> => {
    await command.until(question);
    command.stdout = '';
    command.type(`${text}\r`);
  };
  await answer(/Directory \(tenant\) ID.*: /, 'no guid');
  await answer(/It is a GUID[^]*Directory \(tenant\) ID.*: /, TENANT);
  await answer(/Application \(client\) ID: /, CLIENT);
  await answer(/User name: /, 'invoices@contoso.com');
  await answer(/Another one: /, '');
  await answer(/1, 2, 3 or 4 \[1\]: /, '');
  await answer(/Value \(not its ID.*: /, 'PLANTED-the-secret');
  await answer(/Day on which it expires.*: /, '2099-01-31');
  await answer(/Password that the program sends for invoices@contoso\.com.*: /, PASSWORD);
  await answer(/Let Graph take over.*: /, '');
  t.equal(await command.ended, 0, command.stdout);
  const config = loadConfig(file);
  t.match(config.registrations.get('contoso')?.credential, {
    kind: 'secret',
    secret: 'PLANTED-the-secret',
    notAfter: Date,
  });
  t.equal(statSync(join(folder, 'config/contoso-client-secret.txt')).mode & 0o777, 0o600);
  t.notMatch(readFileSync(file, 'utf8'), /PLANTED/);
  const hash = parsePasswordHash(config.callers[0]?.passwordHash ?? '');
  t.ok(hash !== undefined && (await matchesPassword(PASSWORD, hash)));
});

t.test("it names the place of the service's state, which a shell does not know", async (t) => {
  const { folder, file } = place(t);
  mkdirSync(join(folder, 'state'));
  const args = [...IDS, '--delegated', '--caller', 'a@contoso.com', '--config', file, '--no-check'];
  t.equal(await run(t, ['init', ...args]).ended, 0);
  const paths = (environment: Record<string, string>): unknown => {
    const { stateFile, tokenStore, addedCallers } = loadConfig(file, { environment });
    return [stateFile, tokenStore?.folder, addedCallers.file];
  };
  const names = ['gateway-state.json', 'gateway-tokens', 'callers.json'];
  t.same(
    paths({}),
    names.map((name) => join(folder, 'state', name)),
    "in the administrator's shell",
  );
  t.same(paths({ STATE_DIRECTORY: join(folder, 'state') }), paths({}), 'and in the service');
});

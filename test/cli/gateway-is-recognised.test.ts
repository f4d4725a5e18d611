/** Commands send passwords and questions over https only to the gateway of the configuration. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { issueServerCertificate } from '../../src/certificates/local-authority.ts';
import { makeCertificate } from '../../src/certificates/x509.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { run } from '../support/command.ts';
import { TEST_KEY } from '../support/key.ts';
import { ALICE, PASSWORD, SECRET, startStack, type Stack } from '../support/stack.ts';

const PASSPHRASE = 'PLANTED-passphrase';

interface Tls extends Stack {
  readonly folder: string;
  /** Writes the configuration with the ports that were really given. */
  readonly listenWith: (files: string) => void;
}

/** A gateway that serves https with a certificate of its own authority, on both listeners. */
async function tlsStack(t: Test): Promise<Tls> {
  const stack = await startStack(t);
  const folder = join(dirname(stack.configFile), 'certs');
  mkdirSync(folder);
  issueServerCertificate(folder, { names: ['gate.contoso.test'], passphrase: PASSPHRASE });
  const write = (files: string, [listen, admin]: readonly string[]): void =>
    stack.writeConfig({ listen: `[{ url: "${listen}", ${files} }]`, admin: admin ?? '', adminMore: files });
  const own = 'certificate: certs/gateway.crt, key: certs/gateway.key';
  write(own, ['https://127.0.0.1:0', 'https://127.0.0.1:0']);
  await stack.gateway.reload(loadConfig(stack.configFile, { environment: { SECRET } }));
  const urls = [stack.gateway.urls[0] ?? '', stack.gateway.adminUrl ?? ''];
  const listenWith = (files: string): void => write(files, urls);
  listenWith(own);
  return { ...stack, folder, listenWith };
}

async function command(
  t: Test,
  { configFile }: Stack,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ readonly status: number | null; readonly text: string }> {
  const running = run(t, [...args, '--config', configFile], { input: `${PASSWORD}\n`, environment });
  const status = await running.ended;
  return { status, text: running.stdout + running.stderr };
}

t.test('it is, by the certificate of the configuration or one renewed by its authority', async (t) => {
  const stack = await tlsStack(t);
  t.match(await command(t, stack, ['unlock']), { status: 0, text: /Nothing is locked/ });
  t.match(await command(t, stack, ['test', ALICE]), { status: 0, text: /alice@contoso\.test works/ });
  issueServerCertificate(stack.folder, { names: [] });
  t.match(await command(t, stack, ['unlock']), { status: 0, text: /Nothing is locked/ });
});

t.test('another server gets neither password nor question', async (t) => {
  const stack = await tlsStack(t);
  const other = makeCertificate({
    kind: 'self-signed',
    commonName: 'x',
    names: ['gate.contoso.test'],
    days: 1,
    key: TEST_KEY,
  });
  writeFileSync(join(dirname(stack.configFile), 'other.crt'), other.certificate);
  writeFileSync(join(dirname(stack.configFile), 'other.key'), other.key);
  stack.listenWith('certificate: other.crt, key: other.key');
  const before = stack.log().length;
  t.match(await command(t, stack, ['unlock']), {
    status: 1,
    text: /What answers at https:.* does not have the certificate of .*other\.crt\. Nothing was sent to it/,
  });
  t.match(await command(t, stack, ['test', ALICE]), { status: 1, text: /does not have the certificate/ });
  const requests = stack.log().slice(before);
  t.notOk(requests.some((line) => 'operation' in line || 'caller' in line));
});

t.test('a PFX file is read with its passphrase, if that is at hand without running a program', async (t) => {
  const stack = await tlsStack(t);
  const folder = dirname(stack.configFile);
  writeFileSync(join(folder, 'passphrase.txt'), `${PASSPHRASE}\n`);
  // Away from the authority, as a company's file is.
  copyFileSync(join(stack.folder, 'gateway.pfx'), join(folder, 'company.pfx'));
  stack.listenWith('pfx: company.pfx, passphrase: { env: PFX }');
  t.match(await command(t, stack, ['unlock'], { PFX: PASSPHRASE }), { status: 0 });
  t.match(await command(t, stack, ['unlock'], { PFX: 'wrong' }), {
    status: 1,
    text: /cannot be recognised: the certificate in .*company\.pfx cannot be read here/,
  });
  stack.listenWith('pfx: company.pfx, passphrase: { file: passphrase.txt }');
  t.match(await command(t, stack, ['unlock']), { status: 0 });
  stack.listenWith('pfx: certs/gateway.pfx, passphrase: { env: PFX }');
  t.match(await command(t, stack, ['unlock']), { status: 0 }, 'by the authority beside it');
  rmSync(join(stack.folder, 'local-ca.crt'));
  t.match(await command(t, stack, ['unlock']), { status: 1, text: /cannot be recognised/ });
  t.ok(readFileSync(join(stack.folder, 'gateway.pfx')).length > 0);
});

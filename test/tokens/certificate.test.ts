import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import forge from 'node-forge';
import t from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { selfSignedCertificate } from '../../src/simulator/certificate.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { TEST_KEY } from '../support/key.ts';
import { readFault } from '../support/managed-api.ts';
import { startStack, type Stack } from '../support/stack.ts';

const pair = selfSignedCertificate(['ews-gateway'], TEST_KEY);
const PASSPHRASE = 'PLANTED-passphrase';

function writeFiles(folder: string): void {
  writeFileSync(join(folder, 'app.crt'), pair.certificate);
  writeFileSync(join(folder, 'app.key'), pair.key);
  writeFileSync(join(folder, 'both.pem'), pair.certificate + pair.key);
  const pfx = forge.pkcs12.toPkcs12Asn1(
    forge.pki.privateKeyFromPem(pair.key),
    [forge.pki.certificateFromPem(pair.certificate)],
    PASSPHRASE,
    { algorithm: '3des' },
  );
  writeFileSync(join(folder, 'app.pfx'), Buffer.from(forge.asn1.toDer(pfx).getBytes(), 'latin1'));
}

async function reconfigure({ configFile, writeConfig, gateway }: Stack, credential: string): Promise<void> {
  writeFiles(dirname(configFile));
  writeConfig({ registration: `    credential: { certificate: ${credential} }` });
  await gateway.reload(loadConfig(configFile, { environment: { PASSPHRASE } }));
}

const forms: Record<string, string> = {
  'PEM in two files': '{ pem: app.crt, key: app.key }',
  'PEM in one file': '{ pem: both.pem }',
  'PFX': '{ pfx: app.pfx, passphrase: { env: PASSPHRASE } }',
  'with its chain (x5c)': '{ pem: both.pem, sendX5c: true }',
};
for (const [name, credential] of Object.entries(forms)) {
  t.test(`signs in with a certificate: ${name}`, async (t) => {
    const stack = await startStack(t);
    stack.simulator.entra.apps = stack.simulator.entra.apps.map((app) => ({
      ...app,
      secrets: [],
      certificates: [pair.certificate],
    }));
    await reconfigure(stack, credential);
    t.equal((await stack.post(GET_FOLDER)).status, 200);
    t.equal(stack.simulator.entra.tokenRequests.at(-1)?.status, 200);
  });
}

t.test('a certificate Entra does not know is explained', async (t) => {
  const stack = await startStack(t);
  await reconfigure(stack, '{ pem: both.pem }');
  t.match(
    readFault(t, await stack.post(GET_FOLDER), 'ErrorAccessDenied').text,
    /does not know the certificate.*AADSTS700027/,
  );
});

t.test('files that cannot be used are named', async (t) => {
  const stack = await startStack(t);
  writeFiles(dirname(stack.configFile));
  writeFileSync(join(dirname(stack.configFile), 'other.key'), selfSignedCertificate(['other']).key);
  const wrong: Record<string, RegExp> = {
    '{ pem: app.crt }': /:9:\d+: .*app.crt holds no private key/,
    '{ pem: app.key }': /app.key holds no certificate/,
    '{ pem: app.crt, key: other.key }': /belongs to none of its certificates/,
    '{ pfx: app.pfx }': /not a PFX file that the passphrase opens/,
    '{ pem: missing.pem }': /missing.pem cannot be read \(ENOENT\)/,
    '{ pem: app.crt, pfx: app.pfx }': /exactly one of pem and pfx/,
  };
  for (const [credential, message] of Object.entries(wrong)) {
    stack.writeConfig({ registration: `    credential: { certificate: ${credential} }` });
    t.throws(() => loadConfig(stack.configFile, { environment: {} }), { message }, credential);
  }
});

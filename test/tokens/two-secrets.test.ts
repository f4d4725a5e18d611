import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { SECRET, startStack } from '../support/stack.ts';

const credential = '    credential: { secret: { value: PLANTED-old }, nextSecret: { value: PLANTED-new } }';

t.test('where the first secret has expired, the next one is used', async (t) => {
  const { post, simulator } = await startStack(t, {
    registration: credential,
    yaml: 'allowInlineSecrets: true',
    prepare: ({ entra }) =>
      (entra.apps = entra.apps.map((app) => ({
        ...app,
        secrets: [{ value: 'PLANTED-old', expired: true }, { value: 'PLANTED-new' }],
      }))),
  });
  t.equal((await post(GET_FOLDER)).status, 200, 'no request sees it');
  t.same(
    simulator.entra.tokenRequests.map(({ status }) => status),
    [401, 200],
  );
  // The one that works is what the next token is asked for with.
  simulator.exchange.script.add({ status: 401 });
  t.equal((await post(GET_FOLDER)).status, 200);
  t.same(
    simulator.entra.tokenRequests.map(({ status }) => status),
    [401, 200, 200],
  );
});

t.test('where both are refused, it is said once', async (t) => {
  const { post, simulator } = await startStack(t, { registration: credential, yaml: 'allowInlineSecrets: true' });
  t.match(readFault(t, await post(GET_FOLDER), 'ErrorAccessDenied').text, /AADSTS7000215/);
  t.equal(simulator.entra.tokenRequests.length, 2);
});

t.test(
  'a secret that others can read is warned about',
  { skip: process.platform === 'win32' ? 'no modes here' : false },
  async (t) => {
    const stack = await startStack(t);
    const file = join(dirname(stack.configFile), 'secret.txt');
    stack.writeConfig({ registration: '    credential: { secret: { file: secret.txt } }' });
    writeFileSync(file, SECRET, { mode: 0o644 });
    await stack.reload();
    t.ok(
      stack
        .log()
        .some(({ msg }) =>
          /secret\.txt holds a secret and can be read by other accounts \(mode 0644\): chmod 600/.test(String(msg)),
        ),
    );
  },
);

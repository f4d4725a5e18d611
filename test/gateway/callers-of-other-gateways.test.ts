/** What another gateway of the fleet has added, and cannot be here yet. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AddedCallers } from '../../src/gateway/added-callers.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import type { Config } from '../../src/config/types.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

const ids = 'tenantId: 11111111-1111-4111-8111-111111111111, clientId: 22222222-2222-4222-8222-222222222222';
const DAVE = { username: 'dave@contoso.test', mailbox: 'dave@contoso.test', registration: 'other', operations: 'mail' };
const CHANGE = { key: DAVE.username, at: 1, value: DAVE };
const LOG = createLogger({ level: 'silent', format: 'json' });

function configIn(folder: string, ...registrations: string[]): Config {
  const file = join(folder, 'gateway.yaml');
  const lines = registrations.map((name) => `  ${name}: { ${ids}, flow: delegated }`);
  const key = Buffer.alloc(32, 7).toString('base64');
  writeFileSync(
    file,
    ['registrations:', ...lines, 'callers: [{ username: alice@contoso.test, registration: contoso }]', ''].join('\n') +
      'tokenStore: { key: { env: KEY } }\n',
  );
  return loadConfig(file, { environment: { KEY: key } });
}

const namesOf = (callers: AddedCallers): string[] => [...callers.entries()].map(({ key }) => key);

t.test('one whose registration is not configured waits until it is', async (t) => {
  const folder = t.testdir({});
  const callers = new AddedCallers(configIn(folder, 'contoso'), LOG);
  callers.take([
    CHANGE,
    { ...CHANGE, key: 'bob@contoso.test', value: { ...DAVE, username: 'bob@contoso.test', registration: 'contoso' } },
  ]);
  t.same(namesOf(callers), ['bob@contoso.test'], 'the others are there');
  callers.goOnWith(configIn(folder, 'contoso', 'other'));
  t.same(namesOf(callers).toSorted(), ['bob@contoso.test', 'dave@contoso.test']);
});

t.test('a file that is not usable stays as it is until it is', async (t) => {
  const folder = t.testdir({});
  const config = configIn(folder, 'contoso', 'other');
  const { file } = config.addedCallers;
  writeFileSync(file, '{ broken');
  const callers = new AddedCallers(config, LOG);
  callers.take([CHANGE]);
  t.equal(readFileSync(file, 'utf8'), '{ broken');
  rmSync(file);
  callers.goOnWith(config);
  t.same(namesOf(callers), ['dave@contoso.test']);
});

t.test('what is no caller is left out', async (t) => {
  const callers = new AddedCallers(configIn(t.testdir({}), 'contoso', 'other'), LOG);
  callers.take([
    { ...CHANGE, value: { ...DAVE, password: { hash: 'x' } } },
    { ...CHANGE, key: 'x', value: 'text' },
  ]);
  t.same(namesOf(callers), []);
});

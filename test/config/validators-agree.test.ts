/** TypeBox judges a configuration, and Ajv explains what is wrong with it: they must agree on which is right. */
import { Ajv } from 'ajv';
import fc from 'fast-check';
import t from 'tap';
import { Value } from 'typebox/value';
import { ConfigFile } from '../../src/config/schema.ts';
import { runs } from '../support/effort.ts';

const HASH = `scrypt:32768:8:3:${'a'.repeat(22)}:${'b'.repeat(43)}`;
const ID = '11111111-1111-4111-8111-111111111111';
const FULL = {
  version: 1,
  listen: ['http://127.0.0.1:8025', { url: 'https://127.0.0.1:8443', certificate: 'c.pem', key: 'k.pem' }],
  publicUrl: 'https://ews.contoso.com',
  admin: { url: 'http://127.0.0.1:8026', password: { hash: HASH }, hosts: ['ews.contoso.com'] },
  registrations: {
    contoso: {
      tenantId: ID,
      clientId: ID,
      credential: { secret: { env: 'SECRET' } },
      flow: 'application',
      backend: 'auto',
      cloud: 'custom',
      endpoints: { login: 'https://a.test', ews: 'https://b.test/EWS/Exchange.asmx', scope: 'https://b.test/.default' },
    },
  },
  groups: { archive: ['alice@contoso.test'] },
  callers: [
    {
      username: 'alice@contoso.test',
      mailbox: 'bob@contoso.test',
      registration: 'contoso',
      operations: ['FindItem', 'GetItem'],
      mayImpersonate: ['*@contoso.test'],
      from: ['10.0.0.0/8'],
      password: { hash: HASH },
    },
  ],
  allowInlineSecrets: false,
  caCertificates: ['ca.pem'],
  proxy: { url: 'http://proxy:3128', username: 'u', password: { file: 'p' }, except: ['localhost'] },
  throttling: { requestsPerMailbox: 4, longestWaitSeconds: 60 },
  log: { level: 'info', format: 'json' },
  tokenStore: { folder: 'tokens', key: { command: ['print-key'] } },
  stateFile: 'state.json',
  stateKey: { key: { env: 'A' }, previous: { env: 'B' } },
  audit: { file: 'audit.log', required: true },
  lockout: {},
  limits: { headerSeconds: 20 },
};
const ANY_VALUES = [null, true, 0, -1, 1, 1.5, 1e12, '', 'x', 'a b', '\u{1f600}', 'none', 'http://h'];
const VALUES = [...ANY_VALUES, [], [7], ['x'], {}, { url: 'x' }];

type Step = { readonly at: number; readonly what: number };

const judge = new Ajv({ allErrors: true, verbose: true, strict: false }).compile(ConfigFile);

t.ok(Value.Check(ConfigFile, FULL) && judge(FULL), 'the starting point is right');

t.test('on configurations with mistakes', async () => {
  const steps = fc.array(fc.record({ at: fc.nat(), what: fc.nat() }), { minLength: 1, maxLength: 4 });
  let [accepted, refused] = [0, 0];
  fc.assert(
    fc.property(steps, (list) => {
      const document = structuredClone(FULL);
      for (const step of list) change(document, step);
      const right = Value.Check(ConfigFile, document);
      if (right) accepted++;
      else refused++;
      return right === judge(document);
    }),
    { numRuns: runs(20_000) },
  );
  t.ok(accepted > 100 && refused > 100, `${accepted} were accepted and ${refused} refused`);
});

/** Replaces, removes or adds at one of all places. */
function change(document: object, { at, what }: Step): void {
  const places = placesOf(document);
  const [holder, key] = places[at % places.length] ?? [document, ''];
  const fields = holder as Record<string, unknown>;
  const value = VALUES[what % VALUES.length];
  if (what % 3 === 0 && Array.isArray(holder)) holder.splice(Number(key), 1);
  else if (what % 3 === 0) delete fields[key];
  else if (what % 7 === 1 && !Array.isArray(holder)) fields[`${key}x`] = value;
  else fields[key] = structuredClone(value);
}

function placesOf(holder: object): [object, string][] {
  return Object.entries(holder).flatMap(([key, value]): [object, string][] => [
    [holder, key],
    ...(typeof value === 'object' && value !== null ? placesOf(value as object) : []),
  ]);
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ConfigDocument } from '../../src/config/problems.ts';
import { validate } from '../../src/config/validate.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-defaults-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const EMPTY = `registrations:
  NAME:
    tenantId: contoso.com
    clientId: 22222222-2222-4222-8222-222222222222
    credential: { secret: { env: S } }
callers: [{ username: a@contoso.com }]
`;
/** Each section that has settings of its own once it is there, with nothing but what it requires. */
const SECTIONS = `${EMPTY.replace('{ secret: { env: S } }', '{ certificate: { pem: x } }')}
audit: { file: x }
sharedState: { url: x }
`;

function reference(): string {
  return readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
}

/** Setting and default of each row of the reference that has one. */
function documented(): (readonly [string, unknown])[] {
  return [...reference().matchAll(/^\| (?:\*\*)?`([^`]+)`(?:\*\*)? \| .*? \| `([^`]*)` \| /gm)].map(
    ([, path = '', text = '']) => [
      path,
      /^(?:-?\d+|true|false|[[{].*)$/.test(text) ? (JSON.parse(text) as unknown) : text,
    ],
  );
}

function at(value: unknown, path: string): unknown {
  let found = value;
  for (const step of path.split('.').flatMap((part) => (part.endsWith('[]') ? [part.slice(0, -2), '0'] : [part])))
    found = (found as Record<string, unknown> | undefined)?.[step];
  return found;
}

t.test('an empty configuration gives each value of the reference', async (t) => {
  const rows = documented();
  t.ok(rows.length > 30, 'the reference is read');
  const file = validate(new ConfigDocument('f', SECTIONS));
  const listen = validate(new ConfigDocument('f', `${EMPTY}listen: [{ url: "https://a" }]\n`));
  const command = validate(new ConfigDocument('f', EMPTY.replace('env: S', 'command: [x]')));
  for (const [path, value] of rows) {
    if (path.startsWith('listen[]')) t.same(at(listen, path), value, path);
    else if (path === 'timeoutSeconds')
      t.same(at(command, 'registrations.NAME.credential.secret.timeoutSeconds'), value, path);
    else t.same(at(file, path), value, path);
  }
});

t.test('the gateway runs on them', async (t) => {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, `${EMPTY}audit: { file: audit.log }\n`);
  const config = loadConfig(file, { environment: { S: 'x' } });
  const registration = config.registrations.get('NAME');
  const inForce: Readonly<Record<string, unknown>> = {
    'admin.url': config.admin.url,
    'registrations.NAME.flow': registration?.flow,
    'registrations.NAME.backend': registration?.backend,
    'registrations.NAME.connectingSid': registration?.connectingSid,
    'callers[].operations': config.callers[0]?.operationsSetting,
    'log.level': config.log.level,
    'log.format': config.log.format,
    'stateFile': config.stateFile.slice(folder.length + 1),
    'audit.maxBytes': config.audit?.maxBytes,
    'audit.keep': config.audit?.keep,
  };
  for (const [path, value] of documented()) {
    if (Object.hasOwn(inForce, path)) t.same(inForce[path], value, path);
    else if (/^(?:limits|throttling|lockout)\./.test(path)) t.same(at(config, path), value, path);
  }
  const [, listen = ''] = /^## listen\n\n.* Default: `(.*)`\.$/m.exec(reference()) ?? [];
  t.same(
    config.listeners.map(({ url }) => url),
    JSON.parse(listen),
    'listen, whose default is a list',
  );
  t.same(
    Object.keys(inForce).filter((path) => !documented().some(([documentedPath]) => documentedPath === path)),
    [],
    'each of these stands in the reference',
  );
});

t.test('a default of a path lies in the state folder, what is written beside the configuration', async (t) => {
  const file = join(folder, 'gateway.yaml');
  const stateFile = (more: string): string => {
    writeFileSync(file, `${EMPTY}${more}`);
    return loadConfig(file, { environment: { S: 'x', STATE_DIRECTORY: '/var/lib/gw' } }).stateFile;
  };
  t.equal(stateFile(''), '/var/lib/gw/gateway-state.json');
  t.equal(stateFile('stateFile: gateway-state.json\n'), join(folder, 'gateway-state.json'));
});

/**
 * Keys that are not (or no longer) known, but that somebody has good reason to write: where what is
 * meant goes. A key that a release renames or drops gets an entry here, and stays.
 */
import type { ConfigPath } from './problems.ts';

interface ExplainedKey {
  /** The section it stands in; `*` for a name or an index. */
  readonly section: string;
  readonly key: RegExp;
  readonly text: string;
}

const SECRET = 'the client secret goes into credential: { secret: { env: NAME } }, or { file: … }';

const KEYS: readonly ExplainedKey[] = [
  { section: 'registrations.*', key: /^(?:client_?)?secret(?:value)?$/i, text: SECRET },
  { section: 'registrations.*.credential', key: /^client_?secret$/i, text: SECRET },
  {
    section: 'registrations.*',
    key: /^(?:certificate|pfx|pem)$/i,
    text: 'goes into credential: { certificate: { pem: …, key: … } }, or { pfx: … }',
  },
  {
    section: 'registrations.*',
    key: /^(?:redirect_?ur[il]|scopes?|authority)$/i,
    text: 'is not needed: the app registration has no redirect URI, and addresses come from cloud (or endpoints)',
  },
  {
    section: 'callers.*',
    key: /^(?:user|name|account|email|login)$/i,
    text: 'the user name of the client is username',
  },
  { section: 'callers.*', key: /^(?:hash|password_?hash)$/i, text: 'goes into password: { hash: … }' },
  {
    section: '',
    key: /^(?:port|host|address|server)$/i,
    text: 'where clients connect is listen: ["http://127.0.0.1:8025"]',
  },
  {
    section: '',
    key: /^(?:tenant_?id|client_?id|tenant|client)$/i,
    text: 'goes into registrations: { NAME: { tenantId: …, clientId: … } }',
  },
  { section: '', key: /^(?:https?_?proxy)$/i, text: 'is proxy: "http://host:port"' },
];

/** @returns what to say behind "unknown key", undefined where nothing is known about it */
export function explainKey(path: ConfigPath, key: string): string | undefined {
  const section = path
    .map((step, index) => (typeof step === 'number' || (index === 1 && path[0] === 'registrations') ? '*' : step))
    .join('.');
  const found = KEYS.find((entry) => entry.section === section && entry.key.test(key));
  return found === undefined ? undefined : `; ${found.text}`;
}

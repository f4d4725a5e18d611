/** How the gateway runs: what it writes, what it reaches, and its bounds. */
import { Type } from 'typebox';
import { closed, defaulted, SecretReference } from './parts.ts';

export const Proxy = Type.Union(
  [
    Type.String({ minLength: 1 }),
    Type.Object(
      {
        url: Type.String({ description: 'http://host:port or https://host:port' }),
        username: Type.Optional(Type.String({ minLength: 1, description: 'User name for the proxy (Basic).' })),
        password: Type.Optional(SecretReference),
        except: Type.Optional(
          Type.Array(Type.String({ minLength: 1 }), {
            description: 'Hosts that are reached directly: names (with all below them), addresses, host:port, or *.',
          }),
        ),
      },
      closed,
    ),
  ],
  {
    description:
      'Proxy towards Entra and Exchange: http://host:port, or url with more settings; none ignores ' +
      'the environment. Default: https_proxy and no_proxy of the environment, if set.',
  },
);

export const Log = Type.Object(
  {
    level: defaulted(
      Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
        default: 'info',
        description: 'Lines below it are left out.',
      }),
    ),
    format: defaulted(
      Type.Enum(['json', 'readable', 'journal', 'auto'], {
        default: 'auto',
        description:
          "readable: lines for people. journal: the same with systemd's priorities and without the " +
          'time. auto: readable on a terminal, journal under systemd, JSON otherwise.',
      }),
    ),
  },
  { ...closed, default: {}, description: 'The operational log, on standard output.' },
);

export const TokenStore = Type.Object(
  {
    folder: defaulted(
      Type.String({
        minLength: 1,
        default: 'gateway-tokens',
        description: 'Folder for the encrypted sign-ins; by default beside stateFile.',
      }),
    ),
    key: Type.Optional(SecretReference),
  },
  {
    ...closed,
    default: {},
    description:
      'Where sign-ins of flow: delegated are kept. The key is 32 bytes in base64; by default it is ' +
      'made in a file in the folder.',
  },
);

export const Audit = Type.Object(
  {
    file: Type.String({
      minLength: 1,
      description: 'File for one JSON line about each request, see docs/audit-log.md.',
    }),
    maxBytes: defaulted(
      Type.Integer({
        minimum: 10_000,
        default: 50_000_000,
        description: 'Size at which the file is renamed and a new one begun.',
      }),
    ),
    keep: defaulted(
      Type.Integer({ minimum: 1, maximum: 1_000, default: 10, description: 'Older files that are kept.' }),
    ),
    required: defaulted(
      Type.Boolean({
        default: false,
        description:
          'Write what a request is about to do before it is answered, and refuse the request where that cannot be ' +
          'written.',
      }),
    ),
  },
  { ...closed, description: 'A log of who did what, apart from the operational log. Default: none.' },
);

const redisUrls = (whose: string, example: string) =>
  Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    maxItems: 32,
    description: `${whose}: ${example}, or rediss:// for TLS on all connections. They are asked in turn.`,
  });

export const SharedState = Type.Object(
  {
    url: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'One server: redis://host:6379, or rediss://host:6379 for TLS; /1 behind it is the number of the database. ' +
          'Either this, or sentinel, or cluster.',
      }),
    ),
    sentinel: Type.Optional(
      Type.Object(
        {
          urls: redisUrls('Addresses of the Sentinels', 'redis://host:26379'),
          master: Type.String({ minLength: 1, description: 'What the Sentinels call the server, such as mymaster.' }),
          username: Type.Optional(Type.String({ minLength: 1, description: 'User name at the Sentinels.' })),
          password: Type.Optional(SecretReference),
        },
        { ...closed, description: 'Servers of which Redis Sentinel says which one is the master.' },
      ),
    ),
    cluster: Type.Optional(
      Type.Object(
        { urls: redisUrls('Addresses of some of its nodes', 'redis://host:6379') },
        { ...closed, description: 'A Redis Cluster. All that gateways share is on one shard of it, see prefix.' },
      ),
    ),
    username: Type.Optional(Type.String({ minLength: 1, description: 'User name, where the server has several.' })),
    password: Type.Optional(SecretReference),
    certificate: Type.Optional(
      Type.String({ minLength: 1, description: 'PEM file of a client certificate, where the server asks for one.' }),
    ),
    key: Type.Optional(Type.String({ minLength: 1, description: 'PEM file of its key.' })),
    prefix: defaulted(
      Type.String({
        pattern: '^[A-Za-z0-9:._{}-]{1,64}$',
        default: 'ews-gateway:',
        description:
          'Begins all keys and channels: gateways with the same one are one fleet. In a Cluster what stands in ' +
          'braces decides which shard holds them; without braces the whole prefix does.',
      }),
    ),
    timeoutMilliseconds: defaulted(
      Type.Integer({
        minimum: 20,
        maximum: 5_000,
        default: 250,
        description: 'How long an answer may take. The gateway then goes on alone until the server is as quick again.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'A Redis or Valkey server through which several gateways are one, see docs/fleet.md: lock-outs, enrolments, ' +
      'sign-ins, backends of mailboxes, subscriptions, back-offs, and the calls for each mailbox. Needs stateKey. ' +
      'Default: none.',
  },
);

export const StateKey = Type.Object(
  {
    key: SecretReference,
    previous: Type.Optional(SecretReference),
  },
  {
    ...closed,
    description:
      'What seals that which clients keep of answers from Microsoft Graph (SyncState, watermarks, subscriptions): ' +
      'key, 32 bytes in base64, the same for all gateways that answer the same clients; and previous, the key ' +
      'before, whose seals are still opened. Without this section a key is made beside stateFile.',
  },
);

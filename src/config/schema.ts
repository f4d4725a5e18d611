/**
 * The configuration's shape, once: the TypeScript types, the JSON Schema for editors
 * (config/gateway.schema.json) and the validation all come from here.
 */
import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const GUID = '[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}';

const SecretReference = Type.Object(
  {
    env: Type.Optional(Type.String({ minLength: 1, description: 'Name of an environment variable that holds the secret.' })),
    file: Type.Optional(Type.String({ minLength: 1, description: 'File that holds the secret; a line break at its end is ignored.' })),
    command: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, description: 'Program and arguments that print the secret, for vault clients. Run at the start, at each reload and once an hour.' }),
    ),
    timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 120, default: 10, description: 'How long the command may take.' })),
    value: Type.Optional(Type.String({ minLength: 1, description: 'The secret itself. Only with allowInlineSecrets: true.' })),
  },
  { ...closed, description: 'Where a secret is kept: exactly one of env, file, command or value.' },
);

const Certificate = Type.Object(
  {
    pem: Type.Optional(Type.String({ minLength: 1, description: 'PEM file with the certificate, its chain if any, and maybe the key.' })),
    key: Type.Optional(Type.String({ minLength: 1, description: 'PEM file with the private key, if it is not in the first file.' })),
    pfx: Type.Optional(Type.String({ minLength: 1, description: 'PKCS #12 file with certificate and key.' })),
    passphrase: Type.Optional(SecretReference),
    sendX5c: Type.Optional(
      Type.Boolean({ default: false, description: 'Send the certificate chain too, for registrations that trust by subject name and issuer.' }),
    ),
  },
  { ...closed, description: 'A certificate uploaded to the app registration: pem (and key) or pfx.' },
);

const Credential = Type.Object(
  {
    secret: Type.Optional(SecretReference),
    nextSecret: Type.Optional(SecretReference),
    expires: Type.Optional(
      Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'Day on which the secret ends, as Entra shows it (2027-01-31): it is warned about 30, 14, 7 and 1 days ahead.' }),
    ),
    certificate: Type.Optional(Certificate),
  },
  { ...closed, description: 'How the gateway proves to Entra that it is this app: secret (and nextSecret, which takes over where the first is refused) or certificate.' },
);

const Registration = Type.Object(
  {
    tenantId: Type.String({
      pattern: `^(?:${GUID}|[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+|organizations|consumers)$`,
      description: 'Directory (tenant) ID of the app registration, a GUID, or a verified domain of the tenant; organizations with flow: delegated.',
    }),
    clientId: Type.String({
      pattern: `^${GUID}$`,
      description: 'Application (client) ID, a GUID.',
    }),
    credential: Type.Optional(Credential),
    flow: Type.Optional(
      Type.Enum(['application', 'delegated'], {
        default: 'application',
        description: 'application: full_access_as_app and impersonation. delegated: EWS.AccessAsUser.All, and each mailbox is signed in once with ews-gateway sign-in.',
      }),
    ),
    cloud: Type.Optional(
      Type.Enum(['global', 'gcchigh', 'dod', 'china', 'custom'], {
        default: 'global',
        description: 'Where the tenant lives. GCC (moderate) is global. custom needs endpoints.',
      }),
    ),
    endpoints: Type.Optional(
      Type.Object(
        {
          login: Type.Optional(Type.String({ description: 'Origin of the token service, https://host[:port].' })),
          ews: Type.Optional(Type.String({ description: 'Full address of the EWS endpoint.' })),
          graph: Type.Optional(Type.String({ description: 'Origin of Microsoft Graph, https://host[:port]; ews-gateway check looks for its permissions.' })),
          scope: Type.Optional(Type.String({ description: 'Scope of the token; default: origin of ews, followed by /.default.' })),
        },
        { ...closed, description: 'Overrides single addresses of the cloud.' },
      ),
    ),
    backend: Type.Optional(Type.Enum(['ews'], { default: 'ews', description: 'What answers the requests: Exchange Web Services.' })),
    userAgent: Type.Optional(Type.String({ minLength: 1, description: "User-Agent to send upstream instead of the client's own." })),
    connectingSid: Type.Optional(
      Type.Enum(['auto', 'SmtpAddress', 'PrimarySmtpAddress', 'PrincipalName'], {
        default: 'auto',
        description: 'How the mailbox is named in ExchangeImpersonation. auto follows RequestServerVersion.',
      }),
    ),
  },
  { ...closed, description: 'An Entra app registration.' },
);

const Password = Type.Object(
  { hash: Type.String({ pattern: '^scrypt:', description: 'Printed by: ews-gateway hash-password' }) },
  { ...closed, description: 'The password the workflow sends, as a hash. Without one, it has to be taken over with: ews-gateway enrol' },
);

const Caller = Type.Object(
  {
    username: Type.String({
      minLength: 1,
      pattern: '^[^:]+$',
      description: "What stands in the workflow's user account: user@domain, DOMAIN\\user or a bare name; @domain for all mailboxes of a domain, each with its own password.",
    }),
    password: Type.Optional(Password),
    passwords: Type.Optional(Type.Record(Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$' }), Password, { description: 'For @domain: the passwords of its mailboxes, by address.' })),
    mailbox: Type.Optional(Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$', description: 'Mailbox this caller opens; default: the username.' })),
    registration: Type.Optional(Type.String({ description: 'Name of the registration; default: the only one.' })),
    mayImpersonate: Type.Optional(
      Type.Array(Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$' }), { description: 'Further mailboxes this caller may name in its own ExchangeImpersonation header.' }),
    ),
    from: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Addresses or CIDR ranges this caller may come from; default: any.' })),
    operations: Type.Optional(
      Type.Union([Type.Enum(['capture', 'mail', 'all']), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
        default: 'capture',
        description: 'A preset (capture, mail or all), or a list of presets and EWS operation names.',
      }),
    ),
  },
  { ...closed, description: 'One workflow, or whatever else signs in with one user name.' },
);

const Listener = Type.Object(
  {
    url: Type.String({ description: 'http://host:port or https://host:port' }),
    certificate: Type.Optional(Type.String({ minLength: 1, description: 'PEM file with the server certificate and its chain. ews-gateway certs makes one.' })),
    key: Type.Optional(Type.String({ minLength: 1, description: 'PEM file with the private key.' })),
    pfx: Type.Optional(Type.String({ minLength: 1, description: 'PKCS #12 file with certificate, chain and key, instead of the two.' })),
    passphrase: Type.Optional(SecretReference),
    minVersion: Type.Optional(Type.Enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], { default: 'TLSv1.2', description: 'Oldest TLS version that is accepted. Programs on .NET 4.0 to 4.5 may need TLSv1, which is weak.' })),
    allowPlainHttp: Type.Optional(
      Type.Boolean({ default: false, description: 'Accept plain HTTP from other machines. Passwords then cross the network readable.' }),
    ),
  },
  closed,
);

export const ConfigFile = Type.Object(
  {
    version: Type.Optional(Type.Literal(1, { default: 1, description: 'Version of this format, for upgrades.' })),
    listen: Type.Optional(
      Type.Array(Type.Union([Type.String(), Listener], { description: 'http://host:port, or url with more settings.' }), {
        minItems: 1,
        default: ['http://127.0.0.1:8025'],
        description: 'Where clients connect.',
      }),
    ),
    publicUrl: Type.Optional(
      Type.String({ description: "Address under which clients reach the gateway (https://ews.contoso.com:8443), for Autodiscover behind a load balancer. Default: as the client's request came." }),
    ),
    admin: Type.Optional(
      Type.Object(
        {
          url: Type.Optional(Type.String({ default: 'http://127.0.0.1:8026', description: 'http://host:port or https://host:port. Other than loopback only with a password.' })),
          password: Type.Optional(
            Type.Object(
              { hash: Type.String({ pattern: '^scrypt:', description: 'Printed by: ews-gateway hash-password' }) },
              { ...closed, description: 'The password of the user admin, as a hash.' },
            ),
          ),
          hosts: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Further host names by which browsers may call it.' })),
          certificate: Type.Optional(Type.String({ minLength: 1, description: 'PEM file with the server certificate and its chain.' })),
          key: Type.Optional(Type.String({ minLength: 1, description: 'PEM file with the private key.' })),
          pfx: Type.Optional(Type.String({ minLength: 1, description: 'PKCS #12 file with certificate, chain and key, instead of the two.' })),
          passphrase: Type.Optional(SecretReference),
          allowPlainHttp: Type.Optional(Type.Boolean({ default: false, description: 'Accept plain HTTP from other machines. The password then crosses the network readable.' })),
        },
        { ...closed, description: 'Where the status page, /healthz, /readyz and /metrics answer. With a password, the user name is admin.' },
      ),
    ),
    registrations: Type.Record(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }), Registration, {
      minProperties: 1,
      description: 'App registrations by a name of your choice.',
    }),
    callers: Type.Array(Caller, { minItems: 1, description: 'Who may sign in.' }),
    allowInlineSecrets: Type.Optional(Type.Boolean({ default: false, description: 'Permit secrets in clear in this file.' })),
    caCertificates: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'PEM files of further certificate authorities to trust for outbound TLS, besides the well-known ones and those this machine trusts.' }),
    ),
    proxy: Type.Optional(
      Type.Union(
        [
          Type.String({ minLength: 1 }),
          Type.Object(
            {
              url: Type.String({ description: 'http://host:port or https://host:port' }),
              username: Type.Optional(Type.String({ minLength: 1, description: 'User name for the proxy (Basic).' })),
              password: Type.Optional(SecretReference),
              except: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Hosts that are reached directly: names (with all below them), addresses, host:port, or *.' })),
            },
            closed,
          ),
        ],
        { description: 'Proxy towards Entra and Exchange: http://host:port, or url with more settings; none ignores the environment. Default: https_proxy and no_proxy of the environment, if set.' },
      ),
    ),
    throttling: Type.Optional(
      Type.Object(
        {
          requestsPerMailbox: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 1_000, default: 10, description: 'Requests for one mailbox at a time; others wait their turn. Exchange Online refuses beyond about 27.' }),
          ),
          waitingPerMailbox: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, default: 1_000, description: 'Requests for one mailbox that may wait; further ones get ErrorServerBusy.' })),
          longestWaitSeconds: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 3_600,
              default: 60,
              description: 'How long a request waits, for its turn and for back-offs of Exchange, before the client gets ErrorServerBusy. The EWS Managed API gives up after 100 seconds.',
            }),
          ),
        },
        { ...closed, description: 'How requests are held back where Exchange throttles.' },
      ),
    ),
    log: Type.Optional(
      Type.Object(
        {
          level: Type.Optional(Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], { default: 'info', description: 'Lines below it are left out.' })),
          format: Type.Optional(
            Type.Enum(['json', 'readable', 'journal', 'auto'], { default: 'auto', description: "readable: lines for people. journal: the same with systemd's priorities and without the time. auto: readable on a terminal, journal under systemd, JSON otherwise." }),
          ),
        },
        { ...closed, description: 'The operational log, on standard output.' },
      ),
    ),
    tokenStore: Type.Optional(
      Type.Object(
        {
          folder: Type.Optional(Type.String({ minLength: 1, default: 'gateway-tokens', description: 'Folder for the encrypted sign-ins; under systemd in its state directory.' })),
          key: Type.Optional(SecretReference),
        },
        { ...closed, description: 'Where sign-ins of flow: delegated are kept. The key is 32 bytes in base64; by default it is made in a file in the folder.' },
      ),
    ),
    stateFile: Type.Optional(Type.String({ minLength: 1, default: 'gateway-state.json', description: 'File in which the gateway keeps enrolled passwords; under systemd in its state directory.' })),
    audit: Type.Optional(
      Type.Object(
        {
          file: Type.String({ minLength: 1, description: 'File for one JSON line about each request, see docs/audit-log.md.' }),
          maxBytes: Type.Optional(Type.Integer({ minimum: 10_000, default: 50_000_000, description: 'Size at which the file is renamed and a new one begun.' })),
          keep: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 10, description: 'Older files that are kept.' })),
        },
        { ...closed, description: 'A log of who did what, apart from the operational log. Default: none.' },
      ),
    ),
    lockout: Type.Optional(
      Type.Object(
        {
          failuresPerName: Type.Optional(
            Type.Integer({ minimum: 10, maximum: 10_000, default: 20, description: 'Wrong passwords of one user name until it is locked. One try of a client can be nine.' }),
          ),
          namesPerAddress: Type.Optional(
            Type.Integer({ minimum: 3, maximum: 10_000, default: 20, description: 'Different user names that may fail from one address until it is locked.' }),
          ),
          windowSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400, default: 900, description: 'Failures are forgotten after this time.' })),
          firstLockSeconds: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 86_400, default: 60, description: 'How long the first lock takes; each further one within a day takes twice as long.' }),
          ),
          longestLockSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400, default: 900, description: 'How long a lock takes at most.' })),
        },
        { ...closed, description: 'When wrong passwords lock a user name or an address. Passwords that were right lately go on working.' },
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          credentialCacheSeconds: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 86_400, default: 900, description: 'How long a verified password is remembered.' }),
          ),
          upstreamConnections: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 10_000, default: 256, description: 'Connections to Exchange per registration at most.' }),
          ),
          responseSeconds: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 3_600, default: 120, description: 'How long Exchange may take to begin an answer, or pause within one.' }),
          ),
          requestSeconds: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 86_400, default: 900, description: 'How long a client may take to send a whole request.' }),
          ),
          headerSeconds: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 600, default: 30, description: 'How long a client may take for the headers of a request, or for a body without credentials.' }),
          ),
          connectionsPerAddress: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 100_000, default: 1_024, description: 'Connections from one client address at most; further ones are closed.' }),
          ),
          connections: Type.Optional(
            Type.Integer({ minimum: 16, maximum: 1_000_000, description: "Connections from all clients at most; further ones are closed. Default: what the process's limit on open files leaves beside the connections to Exchange." }),
          ),
          clientIdleSeconds: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 3_600, default: 120, description: 'How long a client may take no byte of its answer, or send less than 1 KiB a second of its request, before it is cut.' }),
          ),
          streamsPerCaller: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 1_000, default: 10, description: 'Open GetStreamingEvents of one caller at most; further ones are answered with ErrorServerBusy.' }),
          ),
          shutdownSeconds: Type.Optional(
            Type.Integer({ minimum: 0, maximum: 3_600, default: 30, description: 'How long running requests may go on after the order to stop.' }),
          ),
        },
        { ...closed, description: 'Bounds in time and number.' },
      ),
    ),
  },
  { ...closed, $schema: 'http://json-schema.org/draft-07/schema#', title: 'ews-gateway configuration' },
);

/** The file as written, after validation and before references are followed. */
export type ConfigFile = Static<typeof ConfigFile>;
export type RegistrationEntry = Static<typeof Registration>;
export type CallerEntry = Static<typeof Caller>;
export type ListenerEntry = Static<typeof Listener>;
export type SecretReference = Static<typeof SecretReference>;
export type CertificateEntry = Static<typeof Certificate>;

/**
 * The configuration's shape, once: the TypeScript types, the JSON Schema for editors
 * (config/gateway.schema.json) and the validation all come from here.
 */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { Limits, Lockout, Throttling } from './schema/bounds.ts';
import { Caller, Groups } from './schema/caller.ts';
import { Admin, Listener } from './schema/listener.ts';
import { closed, defaulted, type SecretReference as SecretReferenceSchema } from './schema/parts.ts';
import { Registration, type Certificate } from './schema/registration.ts';
import { Audit, Log, Proxy, SharedState, StateKey, TokenStore } from './schema/settings.ts';

export const ConfigFile = Type.Object(
  {
    version: defaulted(Type.Literal(1, { default: 1, description: 'Version of this format, for upgrades.' })),
    listen: defaulted(
      Type.Array(
        Type.Union([Type.String(), Listener], { description: 'http://host:port, or url with more settings.' }),
        {
          minItems: 1,
          default: ['http://127.0.0.1:8025'],
          description: 'Where clients connect.',
        },
      ),
    ),
    publicUrl: Type.Optional(
      Type.String({
        description:
          'Address under which clients reach the gateway (https://ews.contoso.com:8443), for ' +
          "Autodiscover behind a load balancer. Default: as the client's request came.",
      }),
    ),
    admin: defaulted(Admin),
    registrations: Type.Record(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }), Registration, {
      minProperties: 1,
      description: 'App registrations by a name of your choice.',
    }),
    groups: Type.Optional(Groups),
    callers: Type.Array(Caller, { minItems: 1, description: 'Who may sign in.' }),
    allowInlineSecrets: defaulted(
      Type.Boolean({ default: false, description: 'Permit secrets in clear in this file.' }),
    ),
    caCertificates: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description:
          'PEM files of further certificate authorities to trust for outbound TLS, besides the ' +
          'well-known ones and those this machine trusts.',
      }),
    ),
    proxy: Type.Optional(Proxy),
    throttling: defaulted(Throttling),
    log: defaulted(Log),
    tokenStore: defaulted(TokenStore),
    stateFile: defaulted(
      Type.String({
        minLength: 1,
        default: 'gateway-state.json',
        description:
          'File in which the gateway keeps enrolled passwords. By default it lies in STATE_DIRECTORY, which service ' +
          'managers set, else beside the configuration; written, it is the same for commands in a shell.',
      }),
    ),
    stateKey: Type.Optional(StateKey),
    sharedState: Type.Optional(SharedState),
    audit: Type.Optional(Audit),
    lockout: defaulted(Lockout),
    limits: defaulted(Limits),
  },
  { ...closed, $schema: 'http://json-schema.org/draft-07/schema#', title: 'ews-gateway configuration' },
);

/**
 * Puts defaults in the place of what is not written.
 *
 * @param written what the schema has accepted; it is left as it is
 */
export function withDefaults(written: unknown): ConfigFile {
  const file = Value.Default(ConfigFile, structuredClone(written)) as ConfigFile;
  // TypeBox goes into a record only where its values have a default as a whole.
  for (const registration of Object.values(file.registrations)) Value.Default(Registration, registration);
  return file;
}

/** A listener of which only the address is written, or what else the administrators' has. */
export function listenerWithDefaults(written: Partial<ListenerEntry> & { readonly url: string }): ListenerEntry {
  return Value.Default(Listener, structuredClone(written)) as ListenerEntry;
}

/** The file with defaults, after validation and before references are followed. */
export type ConfigFile = Static<typeof ConfigFile>;
export type RegistrationEntry = Static<typeof Registration>;
export type CallerEntry = Static<typeof Caller>;
export type ListenerEntry = Static<typeof Listener>;
export type SecretReference = Static<typeof SecretReferenceSchema>;
export type CertificateEntry = Static<typeof Certificate>;

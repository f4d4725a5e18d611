/** Who may sign in, and what for. */
import { Type } from 'typebox';
import { closed, defaulted } from './parts.ts';

const Password = Type.Object(
  {
    hash: Type.String({ pattern: '^(?:scrypt:|\\$argon2id\\$)', description: 'Printed by: ews-gateway hash-password' }),
  },
  {
    ...closed,
    description: 'The password the client sends, as a hash. Without one, it has to be enrolled: ews-gateway enrol',
  },
);

export const Caller = Type.Object(
  {
    username: Type.String({
      minLength: 1,
      pattern: '^[^:]+$',
      description:
        "What stands in the client's account settings: user@domain, DOMAIN\\user or a bare name; " +
        '@domain for all mailboxes of a domain, each with its own password.',
    }),
    password: Type.Optional(Password),
    passwords: Type.Optional(
      Type.Record(Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$' }), Password, {
        description: 'For @domain: the passwords of its mailboxes, by address.',
      }),
    ),
    mailbox: Type.Optional(
      Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$', description: 'Mailbox this caller opens; default: the username.' }),
    ),
    registration: Type.Optional(Type.String({ description: 'Name of the registration; default: the only one.' })),
    backend: Type.Optional(
      Type.Enum(['ews', 'graph', 'auto'], {
        description: "What answers this caller's requests; default: that of its registration.",
      }),
    ),
    mayImpersonate: Type.Optional(
      Type.Array(Type.String({ pattern: '^(?:@group:[A-Za-z0-9._-]{1,64}|[^@\\s]+@[^@\\s]+)$' }), {
        description:
          'Further mailboxes this caller may open, by its own ExchangeImpersonation header or behind its user ' +
          'name: addresses, patterns such as `*@contoso.com` or `scan-*@contoso.com`, groups as `@group:NAME`.',
      }),
    ),
    allMailboxes: Type.Optional(
      Type.Boolean({ description: 'Whether this caller may open every mailbox; a warning says so.' }),
    ),
    from: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Addresses or CIDR ranges this caller may come from; default: any.',
      }),
    ),
    operations: defaulted(
      Type.Union([Type.Enum(['capture', 'mail', 'all']), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
        default: 'capture',
        description: 'A preset (capture, mail or all), or a list of presets and EWS operation names.',
      }),
    ),
  },
  { ...closed, description: 'One client program, or whatever else signs in with one user name.' },
);

export const Groups = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }),
  Type.Array(Type.String({ pattern: '^(?:@group:.*|[^@\\s]+@[^@\\s]+)$' }), { minItems: 1 }),
  { description: 'Mailboxes by a name of your choice, for `mayImpersonate`: lists of addresses and patterns.' },
);

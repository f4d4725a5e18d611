/** Where clients and the administrator connect. */
import { Type } from 'typebox';
import { closed, defaulted, SecretReference } from './parts.ts';

export const Listener = Type.Object(
  {
    url: Type.String({ description: 'http://host:port or https://host:port' }),
    certificate: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'PEM file with the server certificate and its chain. ews-gateway certs makes one.',
      }),
    ),
    key: Type.Optional(Type.String({ minLength: 1, description: 'PEM file with the private key.' })),
    pfx: Type.Optional(
      Type.String({ minLength: 1, description: 'PKCS #12 file with certificate, chain and key, instead of the two.' }),
    ),
    passphrase: Type.Optional(SecretReference),
    minVersion: defaulted(
      Type.Enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], {
        default: 'TLSv1.2',
        description: 'Oldest TLS version that is accepted. Programs on .NET 4.0 to 4.5 may need TLSv1, which is weak.',
      }),
    ),
    allowPlainHttp: defaulted(
      Type.Boolean({
        default: false,
        description: 'Accept plain HTTP from other machines. Passwords then cross the network readable.',
      }),
    ),
  },
  closed,
);

export const Admin = Type.Object(
  {
    url: defaulted(
      Type.String({
        default: 'http://127.0.0.1:8026',
        description: 'http://host:port or https://host:port. Other than loopback only with a password.',
      }),
    ),
    password: Type.Optional(
      Type.Object(
        {
          hash: Type.String({
            pattern: '^(?:scrypt:|\\$argon2id\\$)',
            description: 'Printed by: ews-gateway hash-password',
          }),
        },
        { ...closed, description: 'The password of the user admin, as a hash.' },
      ),
    ),
    hosts: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Further host names by which browsers may call it.',
      }),
    ),
    certificate: Type.Optional(
      Type.String({ minLength: 1, description: 'PEM file with the server certificate and its chain.' }),
    ),
    key: Type.Optional(Type.String({ minLength: 1, description: 'PEM file with the private key.' })),
    pfx: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'PKCS #12 file with certificate, chain and key, instead of the two.',
      }),
    ),
    passphrase: Type.Optional(SecretReference),
    allowPlainHttp: defaulted(
      Type.Boolean({
        default: false,
        description: 'Accept plain HTTP from other machines. The password then crosses the network readable.',
      }),
    ),
  },
  {
    ...closed,
    default: {},
    description:
      'Where the status page, /healthz, /readyz and /metrics answer. With a password, the user name is admin.',
  },
);

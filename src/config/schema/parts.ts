/** What several sections of the schema are made of. */
import { Type, type TSchema } from 'typebox';

/** Unknown keys are mistakes. */
export const closed = { additionalProperties: false } as const;

/**
 * A setting that may be left out, in whose place its default then stands: optional in the JSON Schema,
 * always there in the type, because {@link withDefaults} fills it in.
 */
export function defaulted<T extends TSchema>(schema: T): T {
  return Type.Optional(schema) as unknown as T;
}

export const SecretReference = Type.Object(
  {
    env: Type.Optional(
      Type.String({ minLength: 1, description: 'Name of an environment variable that holds the secret.' }),
    ),
    file: Type.Optional(
      Type.String({ minLength: 1, description: 'File that holds the secret; a line break at its end is ignored.' }),
    ),
    command: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description:
          'Program and arguments that print the secret, for vault clients. Run at the start, at each ' +
          'reload and once an hour.',
      }),
    ),
    timeoutSeconds: defaulted(
      Type.Integer({ minimum: 1, maximum: 120, default: 10, description: 'How long the command may take.' }),
    ),
    value: Type.Optional(
      Type.String({ minLength: 1, description: 'The secret itself. Only with allowInlineSecrets: true.' }),
    ),
  },
  { ...closed, description: 'Where a secret is kept: exactly one of env, file, command or value.' },
);

/** The configuration reference, made from the schema, so that it cannot differ from it. */
import { ConfigFile } from './schema.ts';

/** What is used of JSON Schema here. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

const INTRODUCTION = `# Configuration

Made from the schema by \`npm run schema\`; the same is in config/gateway.schema.json for editors (the
first line of config/gateway.example.yaml names it). The file is YAML or JSON, by default
\`config/gateway.yaml\`; paths in it are relative to it. Whatever it does not know, or cannot be, is
refused with line and column. A change takes effect within two seconds, without a restart; a mistake leaves
what is in force and is logged.

Settings in **bold** are required where their section is there.
`;

/** @returns a page in Markdown */
export function configurationReference(): string {
  const root = ConfigFile as unknown as Schema;
  const sections = Object.entries(root.properties ?? {});
  const simple = sections.filter(([, schema]) => nested(schema) === undefined);
  const pages = [
    INTRODUCTION,
    `## At the top\n\n${table('', Object.fromEntries(simple), root.required ?? [])}`,
    ...sections.flatMap(([name, schema]) => {
      const inner = nested(schema);
      return inner === undefined ? [] : [section(name, schema, inner, (root.required ?? []).includes(name), 2)];
    }),
  ];
  const secret = findSecret(root);
  if (secret !== undefined)
    pages.push(`## Secrets\n\n${secret.description ?? ''}\n\n${table('', secret.properties ?? {}, [])}`);
  return `${pages.join('\n').trimEnd()}\n`;
}

interface Nested {
  /** What stands between the section's name and that of a setting. */
  readonly step: string;
  readonly schema: Schema;
}

/** The object within a section: itself, each entry of a list, or each value of a map. */
function nested(schema: Schema): Nested | undefined {
  if (schema.properties !== undefined) return { step: '.', schema };
  const list = schema.items === undefined ? undefined : nested(schema.items);
  if (list !== undefined) return { step: `[]${list.step}`, schema: list.schema };
  const [value] = Object.values(schema.patternProperties ?? {});
  const map = value === undefined ? undefined : nested(value);
  if (map !== undefined) return { step: `.NAME${map.step}`, schema: map.schema };
  return (schema.anyOf ?? []).map(nested).find((found) => found !== undefined);
}

function section(name: string, schema: Schema, inner: Nested, required: boolean, depth: number): string {
  const description = [schema.description, inner.schema === schema ? undefined : inner.schema.description]
    .filter((text) => text !== undefined)
    .join(' ');
  const whole = Array.isArray(schema.default) ? ` Default: ${defaultOf(schema)}.` : '';
  const prefix = `${name}${inner.step}`;
  const deeper = Object.entries(inner.schema.properties ?? {}).flatMap(([key, value]) => {
    const further = nested(value);
    return further === undefined || isSecret(value)
      ? []
      : [section(`${prefix}${key}`, value, further, false, depth + 1)];
  });
  return [
    `${'#'.repeat(Math.min(depth, 4))} ${name}\n`,
    `${description}${required ? ' Required.' : ''}${whole}\n`,
    table(prefix, inner.schema.properties ?? {}, inner.schema.required ?? []),
    ...deeper,
  ].join('\n');
}

/** References to secrets stand in many places, and are described once. */
function isSecret(schema: Schema): boolean {
  return schema.properties?.['env'] !== undefined && schema.properties['command'] !== undefined;
}

function findSecret(schema: Schema): Schema | undefined {
  if (isSecret(schema)) return schema;
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...Object.values(schema.patternProperties ?? {}),
    ...(schema.anyOf ?? []),
    ...(schema.items === undefined ? [] : [schema.items]),
  ];
  for (const one of inner) {
    const found = findSecret(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function table(prefix: string, properties: Readonly<Record<string, Schema>>, required: readonly string[]): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const label = required.includes(name) ? `**\`${prefix}${name}\`**` : `\`${prefix}${name}\``;
    return `| ${label} | ${kindOf(schema)} | ${defaultOf(schema)} | ${escape(schema.description ?? '')} |`;
  });
  return `| setting | values | default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function kindOf(schema: Schema): string {
  if (isSecret(schema)) return '[secret](#secrets)';
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(kindOf))].join(' or ');
  switch (schema.type) {
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
      return `${schema.minimum ?? ''} to ${schema.maximum ?? 'any'}`;
    case 'array':
      return `list of ${schema.items === undefined ? 'values' : kindOf(schema.items)}`;
    case 'object':
      return 'settings';
    default:
      return 'text';
  }
}

/** Settings in a table of their own have their defaults there. */
function defaultOf(schema: Schema): string {
  return schema.default === undefined || schema.properties !== undefined
    ? ''
    : `\`${typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)}\``;
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

import { ConfigFile } from '../config/schema.ts';
import { configurationReference } from '../config/reference.ts';
import { readOptions } from './arguments.ts';
import type { Command } from './command.ts';

export const schema: Command = {
  usage: [
    'Usage: ews-gateway schema [--markdown]',
    '',
    'Prints the JSON Schema of the configuration, for editors and other tools; with --markdown the same',
    'as a page to read (docs/configuration.md).',
  ].join('\n'),
  run: async (args, io) => {
    const { markdown } = readOptions(args, { markdown: { type: 'boolean', default: false } });
    io.stdout.write(markdown ? configurationReference() : schemaText());
    return 0;
  },
};

/** The schema as it stands in config/gateway.schema.json. */
export function schemaText(): string {
  return `${JSON.stringify(ConfigFile, null, 2)}\n`;
}

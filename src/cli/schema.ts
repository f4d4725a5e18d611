import { ConfigFile } from '../config/schema.ts';
import type { Command } from './command.ts';

export const schema: Command = {
  usage: 'Usage: ews-gateway schema\n\nPrints the JSON Schema of the configuration, which is also in config/gateway.schema.json.',
  run: async () => {
    process.stdout.write(schemaText());
    return 0;
  },
};

/** The schema as it stands in config/gateway.schema.json. */
export function schemaText(): string {
  return `${JSON.stringify(ConfigFile, null, 2)}\n`;
}

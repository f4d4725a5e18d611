/** A gateway of its own process, but for the process, beside that of a stack: the same mailboxes and callers. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import type { Test } from 'tap';
import { Gateway } from '../../src/gateway/gateway.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { ALICE, basic, FAST_HASHING, SECRET, send, yamlOf, type Answer, type Stack } from './stack.ts';

/**
 * @param name of its files
 * @param yaml more lines of its configuration
 * @param environment what that refers to
 * @returns sends a SOAP request to it as Alice
 */
export async function anotherGateway(
  t: Test,
  { simulator, configFile }: Stack,
  name: string,
  yaml: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<(body: string) => Promise<Answer>> {
  const file = join(dirname(configFile), `${name}.yaml`);
  writeFileSync(file, yamlOf(simulator, { backend: 'graph', yaml: `stateFile: ${name}.json\n${yaml}` }));
  const log = createLogger({ level: 'fatal', format: 'json' }, new Writable({ write: (_c, _e, done) => done() }));
  const config = loadConfig(file, { environment: { SECRET, ...environment } });
  const gateway = new Gateway(config, log, { hashing: FAST_HASHING });
  t.teardown(() => gateway.close());
  await gateway.start();
  const url = `${gateway.urls[0] ?? ''}/ews/exchange.asmx`;
  return (body) => send(url, body, { authorization: basic(ALICE) });
}

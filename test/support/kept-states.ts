/** The state of gateways, without the gateways: each of a machine of its own, with what is configured for all. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { KeptState } from '../../src/gateway/kept-state.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

export const STATE_KEY = Buffer.alloc(32, 7).toString('base64');

const LOG = createLogger({ level: 'silent', format: 'json' });

/** Of sharedState: a machine with much to do is not taken for a Redis that is away. */
export const PATIENT = ', timeoutMilliseconds: 5000';

/** Of the configuration of a gateway of a fleet. @param url of a Redis server without a password */
export function sharedYaml(url: string): string {
  return [
    'allowInlineSecrets: true',
    `stateKey: { key: { value: "${STATE_KEY}" } }`,
    `sharedState: { url: "${url}"${PATIENT} }`,
  ].join('\n');
}

export interface KeptStateSetting {
  readonly state: KeptState;
  readonly folder: string;
  /** What was asked of it by another gateway. */
  readonly commands: string[];
  /** Another state with the same files, as after a restart. */
  readonly restart: () => Promise<KeptState>;
}

/**
 * @param redis address of the server that is shared, or where it is in YAML flow style; undefined: nothing is
 * @param more of sharedState, in YAML flow style
 * @param yaml more lines of the configuration
 */
export async function keptState(t: Test, redis: string | undefined, more = '', yaml = ''): Promise<KeptStateSetting> {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-kept-'));
  const file = join(folder, 'gateway.yaml');
  const place = redis?.startsWith('redis') ? `url: "${redis}"` : redis;
  writeFileSync(
    file,
    [
      'registrations:',
      '  contoso:',
      '    tenantId: 11111111-1111-4111-8111-111111111111',
      '    clientId: 22222222-2222-4222-8222-222222222222',
      '    backend: ews',
      '    flow: delegated',
      'callers: [{ username: alice@contoso.test }]',
      'tokenStore: { key: { env: KEY } }',
      'stateKey: { key: { env: KEY } }',
      ...(redis === undefined ? [] : [`sharedState: { ${place}, password: { env: PASSWORD }${more} }`]),
      yaml,
    ].join('\n'),
  );
  const commands: string[] = [];
  const open = async (): Promise<KeptState> => {
    const state = new KeptState(loadConfig(file, { environment: { KEY: STATE_KEY, PASSWORD: 'PLANTED-redis' } }), {
      log: LOG,
      previous: undefined,
      onCommand: (command) => commands.push(command),
    });
    t.teardown(() => state.close());
    await state.fleet?.start();
    return state;
  };
  t.teardown(() => rmSync(folder, { recursive: true }));
  const state = await open();
  return {
    state,
    folder,
    commands,
    restart: async () => {
      await state.close();
      return open();
    },
  };
}

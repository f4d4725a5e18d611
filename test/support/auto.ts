/** Gateways with `backend: auto`, and what a test asks them. */
import { Writable } from 'node:stream';
import type { Test } from 'tap';
import { request } from 'undici';
import { Gateway } from '../../src/gateway/gateway.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { ALICE, basic, FAST_HASHING, SECRET, send, type Answer, type Stack } from './stack.ts';

/** What the admin address says of a mailbox. */
export interface BackendReport {
  readonly registration: string;
  readonly service: 'ews' | 'graph';
  readonly isSet: boolean;
  readonly since?: string;
  readonly reason?: string;
  readonly notice?: string;
}

/** Alice's, at the only registration. */
export async function reportOf({ admin }: Pick<Stack, 'admin'>, mailbox = ALICE): Promise<BackendReport> {
  const response = await request(`${admin}/backends?mailbox=${mailbox}`);
  const { backends } = (await response.body.json()) as { readonly backends: readonly BackendReport[] };
  const [report] = backends;
  if (report === undefined) throw new Error(`no caller with backend: auto opens ${mailbox}`);
  return report;
}

/** Sets what answers a mailbox, as `ews-gateway backend` does. */
export async function choose({ admin }: Pick<Stack, 'admin'>, backend: 'ews' | 'graph' | 'auto'): Promise<void> {
  const response = await request(`${admin}/backends`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mailbox: ALICE, backend }),
  });
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${await response.body.text()}`);
}

/** How often each service was asked. */
export function askedOf({ simulator }: Stack): { readonly ews: number; readonly graph: number } {
  return { ews: simulator.exchange.requests.length, graph: simulator.graph.requests.length };
}

/** The same gateway once more, as after a restart: with the files of the first. */
export async function restarted(
  t: Test,
  { configFile }: Stack,
): Promise<{
  readonly admin: string;
  readonly post: (body: string) => Promise<Answer>;
  readonly close: () => Promise<void>;
}> {
  const log = createLogger({ level: 'fatal', format: 'json' }, new Writable({ write: (_c, _e, done) => done() }));
  const gateway = new Gateway(loadConfig(configFile, { environment: { SECRET } }), log, { hashing: FAST_HASHING });
  t.teardown(() => gateway.close());
  await gateway.start();
  const url = `${gateway.urls[0] ?? ''}/ews/exchange.asmx`;
  return {
    admin: gateway.adminUrl ?? '',
    post: (body) => send(url, body, { authorization: basic(ALICE) }),
    close: () => gateway.close(),
  };
}

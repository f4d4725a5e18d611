/** The same requests to two gateways over one simulated mailbox: one asks Exchange, the other Microsoft Graph. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import type { Test } from 'tap';
import { Gateway } from '../../src/gateway/gateway.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import type { Mailbox } from '../../src/simulator/mailbox/mailbox.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import {
  ALICE,
  basic,
  FAST_HASHING,
  SECRET,
  send,
  startStack,
  yamlOf,
  type Answer,
  type Stack,
  type StackOptions,
} from './stack.ts';

export interface Differential {
  /** Answers through Graph. */
  readonly graph: Stack;
  /** Sends a SOAP request to Exchange, as Alice. */
  readonly ews: (body: string) => Promise<Answer>;
  /** Alice's mailbox, which both serve. */
  readonly mailbox: Mailbox;
}

/** Starts both gateways; they end with the test. */
export async function startDifferential(t: Test, options: StackOptions = {}): Promise<Differential> {
  const graph = await startStack(t, { ...options, backend: 'graph' });
  const configFile = join(dirname(graph.configFile), 'ews.yaml');
  writeFileSync(configFile, yamlOf(graph.simulator, options.alice === undefined ? {} : { alice: options.alice }));
  const log = createLogger({ level: 'fatal', format: 'json' }, new Writable({ write: (_c, _e, done) => done() }));
  const gateway = new Gateway(loadConfig(configFile, { environment: { SECRET } }), log, { hashing: FAST_HASHING });
  // Before the simulator closes, which the stack does at its own teardown.
  t.teardown(() => gateway.close());
  await gateway.start();
  const url = `${gateway.urls[0] ?? ''}/ews/exchange.asmx`;
  return {
    graph,
    ews: (body) => send(url, body, { authorization: basic(ALICE) }),
    mailbox: mailboxOf(graph),
  };
}

/** Alice's simulated mailbox. */
export function mailboxOf({ simulator }: { readonly simulator: Pick<Simulator, 'exchange'> }): Mailbox {
  const found = simulator.exchange.mailboxes.find(({ address }) => address === ALICE);
  if (found === undefined) throw new Error('no mailbox');
  return found;
}

/** The Body of a response in lines, one for each tag and text, so that a difference is easy to see. */
export function linesOf(text: string): string[] {
  return bodyOf(text)
    .replace(/<([\w:]+)([^>]*)>\s*<\/\1>/g, '<$1$2/>')
    .replace(/>\s*</g, '>\n<')
    .split('\n');
}

/** A difference that is known, by what is removed from both answers, and why it is none to repair. */
export type KnownDifference = readonly [pattern: RegExp, reason: string];

/** Two answers without what they may differ in. */
export function withoutKnown(text: string, known: readonly KnownDifference[]): string[] {
  return linesOf(known.reduce((rest, [pattern]) => rest.replace(pattern, ''), bodyOf(text)));
}

function bodyOf(text: string): string {
  // Not t:Body, that of a message.
  const body = /<(soap|s):Body[^>]*>([\s\S]*)<\/\1:Body>/.exec(text)?.[2] ?? text;
  return body.replace(/ xmlns:?\w*="[^"]*"/g, '');
}

/** All response codes of an answer or a fault, in their order. */
export function codesOf(text: string): string[] {
  return [...text.matchAll(/ResponseCode[^>]*>(\w+)</g)].map(([, code = '']) => code);
}

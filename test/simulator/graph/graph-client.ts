/** The simulated Graph alone, spoken to over its socket with tokens of the simulated Entra. */
import type { Test } from 'tap';
import { Agent, request } from 'undici';
import { toGraphAlphabet } from '../../../src/ews/ids/alphabet.ts';
import type { GraphBehaviour } from '../../../src/simulator/graph/behaviour.ts';
import type { CloudModel } from '../../../src/simulator/graph/model.ts';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import type { MessageParts } from '../../../src/simulator/mailbox/message.ts';
import type { Item } from '../../../src/simulator/mailbox/types.ts';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { TEST_KEY } from '../../support/key.ts';
import { ALICE, BOB, CLIENT, mail, newMailbox, SECRET, TENANT } from '../../support/stack.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface GraphAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; an empty object where it is none. */
  readonly json: Json & {
    readonly value?: readonly Json[];
    readonly error?: { readonly code: string; readonly message: string; readonly innerError?: Json };
  };
  /** Code of the error. */
  readonly code: string | undefined;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: object | string | Buffer;
  /** Instead of the app's token with every role; null: none. */
  readonly token?: string | null;
}

export interface GraphClient {
  readonly simulator: Simulator;
  readonly alice: Mailbox;
  readonly bob: Mailbox;
  /** Asks for a path behind /v1.0, or a whole address; `~` stands for Alice's mailbox. */
  readonly ask: (path: string, ask?: Ask) => Promise<GraphAnswer>;
  /** A token with these roles, or with other claims. */
  readonly tokenWith: (roles: readonly string[], claims?: Json) => string;
  /** Delivers mail to Alice's Inbox and returns its id in Graph's alphabet. */
  readonly deliver: (message?: string | MessageParts, received?: string) => Promise<string>;
}

const ALL_ROLES = [
  'Mail.ReadWrite',
  'Mail.Send',
  'MailboxSettings.ReadWrite',
  'User.Read.All',
  'GroupMember.Read.All',
  'Calendars.Read',
];

export async function startGraph(
  t: Test,
  behaviour: Partial<GraphBehaviour> = {},
  cloud?: CloudModel,
): Promise<GraphClient> {
  const alice = newMailbox(ALICE);
  const bob = newMailbox(BOB);
  const app = { tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ALL_ROLES };
  const simulator = await startSimulator({
    key: TEST_KEY,
    apps: [app],
    mailboxes: [alice, bob],
    ...(cloud === undefined ? {} : { graphCloud: cloud }),
  });
  simulator.graph.behaviour = { ...simulator.graph.behaviour, ...behaviour };
  const dispatcher = new Agent({ connect: { ca: simulator.tls.certificate } });
  t.teardown(async () => {
    await dispatcher.destroy();
    await simulator.close();
  });
  const { graph, entra } = simulator;
  const token = entra.tokens.issue(app, graph.origin);
  const ask: GraphClient['ask'] = async (path, { method = 'GET', headers = {}, body, token: other } = {}) => {
    const url = path.startsWith('https://') ? path : `${graph.origin}/v1.0${path.replace('~', `/users/${ALICE}`)}`;
    const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
    const response = await request(url, {
      dispatcher,
      method: method as 'GET',
      headers: {
        ...(other === null ? {} : { authorization: `Bearer ${other ?? token}` }),
        ...(isJson ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
    });
    const text = await response.body.text();
    const json = parse(text);
    return { status: response.statusCode, headers: response.headers, text, json, code: json.error?.code };
  };
  return {
    simulator,
    alice,
    bob,
    ask,
    tokenWith: (roles, claims = {}) => entra.tokens.issue({ ...app, graphRoles: roles }, graph.origin, claims),
    deliver: async (message = 'Invoice 4711', received = '2026-11-24T10:00:00Z') => {
      const parts = typeof message === 'string' ? mail(message) : message;
      return idOf(await alice.deliver(parts, 'inbox', { receivedAt: new Date(received) }));
    },
  };
}

function parse(text: string): GraphAnswer['json'] {
  try {
    return JSON.parse(text) as GraphAnswer['json'];
  } catch {
    return {};
  }
}

/** An item's id as Graph writes it. */
export function idOf({ id }: Item): string {
  return toGraphAlphabet(id);
}

/** Rows of a list. */
export function rowsOf(answer: GraphAnswer): readonly Json[] {
  if (answer.json.value === undefined) throw new Error(`no list: ${answer.status} ${answer.text}`);
  return answer.json.value;
}

export function subjects(answer: GraphAnswer): unknown[] {
  return rowsOf(answer).map(({ subject }) => subject);
}

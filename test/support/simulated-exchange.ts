/** The simulator alone, spoken to directly, with all requests and responses held against the schemas. */
import type { Test } from 'tap';
import { Agent, request } from 'undici';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { brokenRules } from './answer-rules.ts';
import { envelope, impersonation } from './envelopes.ts';
import { keepDocument, validateAtEnd } from './schema-check.ts';
import { ALICE, BOB, CLIENT, newMailbox, SCHEMAS, SECRET, TENANT, type Answer } from './stack.ts';
import { TEST_KEY } from './key.ts';

export interface SimulatedExchange {
  readonly simulator: Simulator;
  /** A bearer token with every right. */
  readonly token: string;
  /** Sends an operation as a mailbox (Alice) and returns the answer's text; anything but HTTP 200 fails. */
  readonly call: (operation: string, mailbox?: string) => Promise<string>;
  readonly send: (body: string | Buffer, headers?: Record<string, string>) => Promise<Answer>;
  readonly get: (
    url: string,
    init?: { readonly method?: 'GET' | 'POST'; readonly form?: Record<string, string>; readonly token?: string },
  ) => Promise<Answer>;
  /** Has what was sent and received by `call` so far held against messages.xsd and types.xsd. */
  readonly keepForSchemas: () => void;
}

export async function startExchange(
  t: Test,
  prepare?: (simulator: Simulator) => Promise<void>,
): Promise<SimulatedExchange> {
  const simulator = await startSimulator({
    key: TEST_KEY,
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
    mailboxes: [newMailbox(ALICE), newMailbox(BOB)],
    schemas: SCHEMAS,
  });
  await validateAtEnd();
  await prepare?.(simulator);
  const { entra, exchange, tls } = simulator;
  const dispatcher = new Agent({ connect: { ca: tls.certificate } });
  t.teardown(async () => {
    await dispatcher.destroy();
    await simulator.close();
  });
  const token = entra.tokens.issue({ tenantId: TENANT, clientId: CLIENT, secrets: [] }, exchange.origin);
  const broken: string[] = [];
  t.teardown(() => {
    if (broken.length > 0) throw new Error(`answers that not all clients read: ${broken.join('; ')}`);
  });
  const documents: { readonly name: string; readonly contents: string }[] = [];
  const keep = (name: string, text: string): void => {
    // Streaming notifications are one envelope after another.
    for (const [, body = ''] of text.matchAll(/<(?:(?:soap|s):)?Body>([\s\S]*?)<\/(?:(?:soap|s):)?Body>/g)) {
      // A Body's child on its own has to declare the prefixes it had from the Envelope.
      const alone = body.includes('xmlns:m=')
        ? body
        : body.replace(/^<m:\w+/, `$& xmlns:m="${MESSAGES}" xmlns:t="${TYPES}"`);
      // The places where what Exchange writes and clients read is not what the schema says.
      const contents =
        name === 'GetStreamingEvents-response'
          ? alone.replaceAll(/(<\/?)m:(Notification|SubscriptionId)>/g, '$1t:$2>')
          : alone;
      documents.push({ name: `${documents.length} ${name}`, contents });
    }
  };
  const read = async (response: Awaited<ReturnType<typeof request>>): Promise<Answer> => ({
    status: response.statusCode,
    headers: response.headers,
    text: await response.body.text(),
  });
  const send: SimulatedExchange['send'] = async (body, headers = {}) => {
    const answer = await read(
      await request(exchange.url, {
        dispatcher,
        method: 'POST',
        headers: { 'authorization': `Bearer ${token}`, 'content-type': 'text/xml; charset=utf-8', ...headers },
        body,
      }),
    );
    broken.push(...brokenRules(answer, answer.status === 200 && typeof body === 'string' ? body : undefined));
    return answer;
  };
  return {
    simulator,
    token,
    send,
    call: async (operation, mailbox = ALICE) => {
      const name = /^<m:(\w+)/.exec(operation)?.[1] ?? '';
      const body = envelope(operation, `<t:RequestServerVersion Version="Exchange2013"/>${impersonation(mailbox)}`);
      keep(`${name}-request`, body);
      const answer = await send(body);
      if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
      keep(`${name}-response`, answer.text);
      return answer.text;
    },
    get: async (url, { method = 'GET', form, token: other = token } = {}) =>
      read(
        await request(url, {
          dispatcher,
          method,
          ...(form === undefined
            ? { headers: { authorization: `Bearer ${other}` } }
            : {
                headers: { 'content-type': 'application/x-www-form-urlencoded' },
                body: new URLSearchParams(form).toString(),
              }),
        }),
      ),
    keepForSchemas: () => {
      t.ok(documents.length > 0, 'something to validate');
      for (const { name, contents } of documents) {
        const full = `${t.fullname}, ${name}`;
        keepDocument(full, { name: full, contents });
      }
    },
  };
}

const MESSAGES = 'http://schemas.microsoft.com/exchange/services/2006/messages';
const TYPES = 'http://schemas.microsoft.com/exchange/services/2006/types';

/** The first match's group in a text; fails where there is none. */
export function pick(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${pattern} in ${text.slice(0, 2_000)}`);
  return found;
}

export function itemIdOf(text: string): string {
  return pick(text, /<t:ItemId Id="([^"]+)"/);
}

export const ITEM_IDS = (id: string): string => `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds>`;

export const INBOX = '<t:DistinguishedFolderId Id="inbox"/>';

export function findItem(folder = INBOX, shape = 'Default', more = ''): string {
  return (
    `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>${shape}</t:BaseShape>` +
    `</m:ItemShape>${more}<m:ParentFolderIds>${folder}</m:ParentFolderIds></m:FindItem>`
  );
}

export function getItem(id: string, shape = '<t:BaseShape>AllProperties</t:BaseShape>'): string {
  return `<m:GetItem><m:ItemShape>${shape}</m:ItemShape>${ITEM_IDS(id)}</m:GetItem>`;
}

import { request } from 'undici';
import { findCaller, normalName } from '../callers/user-name.ts';
import { loadConfig } from '../gateway/load-config.ts';
import type { Config } from '../config/types.ts';
import type { AffectedCaller } from '../diagnosis/explanations.ts';
import { testMailbox, type MailboxTestResult, type TestedGateway, type TestStep } from '../diagnosis/mailbox-test.ts';
import { VERSION } from '../version.ts';
import { askGateway } from './admin-client.ts';
import { readArguments } from './arguments.ts';
import { UsageError, type Command, type CommandIo } from './command.ts';
import { asCalled } from './invocation.ts';
import { NotTheGatewayError, ownAgent, ownOrigin } from './own-connections.ts';
import { DEFAULT_FILE } from './start.ts';
import { askHidden, pipedLine, sign, withProgress } from './terminal.ts';

export const test: Command = {
  usage: [
    'Usage: ews-gateway test USERNAME [--as-admin] [--config FILE] [--json]',
    '',
    "Does through the running gateway what an import's Test button does: signs in as USERNAME, opens the",
    'Inbox and counts what is unread. Says of a failure whose it is and what to do. The password is asked',
    'for, or read from a pipe; with --as-admin none is needed, and signing in is not tested.',
    'Exit status: 0 if all went well, 1 if not.',
  ].join('\n'),
  run: async (args, io) => {
    const options = {
      'as-admin': { type: 'boolean', default: false },
      'config': { type: 'string', short: 'c', default: DEFAULT_FILE },
      'json': { type: 'boolean', default: false },
    } as const;
    const { values, positionals } = readArguments(args, options, 1);
    const [username] = positionals;
    if (username === undefined) throw new UsageError(`Whose mailbox?\n\n${test.usage}`);
    const config = loadConfig(io.path(values.config), { withoutSecrets: true, environment: io.environment });
    const onStep = (step: TestStep): void => void (values.json || io.stdout.write(textOf(io, step)));
    const result = values['as-admin']
      ? await asAdmin(io, config, username, onStep)
      : await asCaller(io, config, username, onStep);
    if (values.json) io.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else
      io.stdout.write(
        result.ok
          ? `\n${sign(io, 'ok')} ${result.username} works (${result.milliseconds} ms).\n`
          : `\n${sign(io, 'bad')} ${result.username} does not work.\n`,
      );
    return result.ok ? 0 : 1;
  },
};

/** The gateway runs the test itself. */
async function asAdmin(
  io: CommandIo,
  config: Config,
  username: string,
  onStep: (step: TestStep) => void,
): Promise<MailboxTestResult> {
  const { status, body } = await withProgress(io, 'Testing', askGateway(io, config, '/tests', { username }));
  if (status === 404)
    throw new Error(`There is no caller ${username} in ${config.file}, as the gateway has it in force.`);
  if (status !== 200) throw new Error(`The gateway answers ${status}: ${JSON.stringify(body)}`);
  const result = body as MailboxTestResult;
  for (const step of result.steps) onStep(step);
  return result;
}

/** As the program does it: with its password, at the address it uses. */
async function asCaller(
  io: CommandIo,
  config: Config,
  username: string,
  onStep: (step: TestStep) => void,
): Promise<MailboxTestResult> {
  const [listener] = config.listeners;
  if (listener === undefined) throw new Error(`${config.file} has no listener.`);
  const password = io.isTerminal.stdin ? await askHidden(io, `Password of ${username}`) : await pipedLine(io);
  const url = `${ownOrigin(listener)}/ews/exchange.asmx`;
  const headers = {
    'authorization': `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    'content-type': 'text/xml; charset=utf-8',
    'user-agent': `ews-gateway-test/${VERSION}`,
  };
  const dispatcher = ownAgent(listener);
  const gateway: TestedGateway = {
    send: async (body) => {
      try {
        const response = await withProgress(
          io,
          'Waiting for the answer',
          request(url, { dispatcher, method: 'POST', headers, body, headersTimeout: 0 }),
        );
        return { status: response.statusCode, text: await response.body.text() };
      } catch (error) {
        if (error instanceof NotTheGatewayError) throw error;
        const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
        throw new Error(`No gateway answers at ${url}${code}. Is it running, with this configuration?`, {
          cause: error,
        });
      }
    },
    lookUp: async (id) => {
      try {
        const { body } = await askGateway(io, config, '/requests');
        const { requests } = body as {
          readonly requests: readonly {
            readonly id: string;
            readonly caller?: string;
            readonly outcome: string;
            readonly reason?: string;
          }[];
        };
        const found = requests.find((entry) =>
          id === undefined ? normalName(entry.caller ?? '') === normalName(username) : entry.id === id,
        );
        return found === undefined ? undefined : { outcome: found.outcome, reason: found.reason };
      } catch {
        // What the client was told must do.
        return undefined;
      }
    },
  };
  try {
    return await testMailbox(gateway, affectedCaller(config, username), onStep);
  } finally {
    await dispatcher.close();
  }
}

function affectedCaller(config: Config, username: string): AffectedCaller {
  const caller = findCaller(new Map(config.callers.map((one) => [normalName(one.username), one])), username);
  const registration = config.registrations.get(caller?.registration ?? '') ?? [...config.registrations.values()][0];
  return {
    username,
    mailbox: caller?.mailbox ?? username,
    clientId: registration?.clientId ?? '',
    registration: registration?.name ?? '',
    backend: caller?.backend ?? registration?.backend ?? 'ews',
    flow: registration?.flow ?? 'application',
  };
}

function textOf(io: CommandIo, { name, ok, text, explanation }: TestStep): string {
  const lines = [`${sign(io, ok ? 'ok' : 'bad')} ${name}: ${text}`];
  if (explanation !== undefined)
    lines.push(`    At fault: ${explanation.side}. What to do:`, ...explanation.remedy.map((line) => `    ${line}`));
  return asCalled(io, `${lines.join('\n')}\n`);
}

import { EWS_END, ewsEndText } from '../ews-end.ts';
import { askGateway } from './admin-client.ts';
import { readArguments } from './arguments.ts';
import { UsageError, type Command } from './command.ts';
import { asCalled } from './invocation.ts';
import { DEFAULT_FILE } from './start.ts';
import { localTime } from './terminal.ts';

/** As the gateway reports it; see admin/backend-choice.ts. */
interface Report {
  readonly registration: string;
  readonly service: 'ews' | 'graph';
  readonly isSet: boolean;
  readonly since?: string;
  readonly reason?: string;
  readonly notice?: string;
}

const SERVICES = { ews: 'EWS', graph: 'Microsoft Graph' } as const;
const SETTINGS: ReadonlySet<string> = new Set(['ews', 'graph', 'auto']);

export const backendCommand: Command = {
  usage: [
    'Usage: ews-gateway backend MAILBOX [ews | graph | auto] [--config FILE]',
    '',
    'Says what answers a mailbox with backend: auto, since when and why; with ews or graph it sets that, and',
    'with auto it takes the setting back: EWS again, until Exchange blocks it. A change of the service costs',
    'programs that synchronise a full synchronisation. It is kept over restarts. The gateway must be running.',
  ].join('\n'),
  run: async (args, io) => {
    const { values, positionals } = readArguments(
      args,
      { config: { type: 'string', short: 'c', default: DEFAULT_FILE } },
      2,
    );
    const [mailbox, setting] = positionals;
    if (mailbox === undefined) throw new UsageError(`Whose backend?\n\n${backendCommand.usage}`);
    if (setting !== undefined && !SETTINGS.has(setting))
      throw new UsageError(`"${setting}" is none of ews, graph and auto.\n\n${backendCommand.usage}`);
    const { status, body } =
      setting === undefined
        ? await askGateway(io, values.config, `/backends?mailbox=${encodeURIComponent(mailbox)}`)
        : await askGateway(io, values.config, '/backends', { mailbox, backend: setting });
    if (status !== 200 && status !== 404) throw new Error(`The gateway answers ${status}: ${JSON.stringify(body)}`);
    const { backends = [] } = body as { readonly backends?: readonly Report[] };
    if (backends.length === 0)
      throw new Error(
        `No caller with backend: auto in ${values.config} opens ${mailbox}. Where the configuration says ews or ` +
          'graph, it is changed there.',
      );
    for (const report of backends) io.stdout.write(`${asCalled(io, lineOf(mailbox, report))}\n`);
    if (setting === 'ews' && Date.now() > EWS_END.getTime())
      io.stderr.write(`Exchange Online has had no EWS since ${ewsEndText()}.\n`);
    return 0;
  },
};

function lineOf(mailbox: string, { registration, service, isSet, since, reason, notice }: Report): string {
  const known = since === undefined || reason === undefined || reason === '' ? '' : `: ${reason}`;
  const when = since === undefined ? '' : ` since ${localTime(new Date(since))}`;
  const how = isSet ? ' (set by command)' : service === 'ews' ? ' (auto)' : ' (auto, for good)';
  return [
    `${mailbox} (${registration}): ${SERVICES[service]}${how}${when}${known}`,
    ...(notice === undefined ? [] : [`  ${notice}`]),
  ].join('\n');
}

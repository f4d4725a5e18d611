import type { Dispatcher } from 'undici';
import { usersPath } from '../backends/graph/service/paths.ts';
import { delegatedScopes } from '../backends/delegated-scopes.ts';
import { callersOf, callersOpening } from '../callers/mailboxes.ts';
import { measuredCapabilitiesFile, withMeasured } from '../config/measured-capabilities.ts';
import type { Config, RegistrationConfig } from '../config/types.ts';
import { graphCaller } from '../diagnosis/graph-probe/graph-caller.ts';
import { LARGE_POINTS, PROBE_POINTS } from '../diagnosis/graph-probe/points.ts';
import { probeGraph, type ProbeReport } from '../diagnosis/graph-probe/probe.ts';
import { loadConfig } from '../gateway/load-config.ts';
import { connectionsTo } from '../network/outbound.ts';
import { readIfThere, writeAtomically } from '../state/atomic-file.ts';
import { TokenStore } from '../state/token-store.ts';
import { delegatedClient } from '../tokens/delegated-client.ts';
import { entraClient, type FetchToken } from '../tokens/entra-client.ts';
import { readArguments } from './arguments.ts';
import { UsageError, type Command, type CommandIo } from './command.ts';
import { DEFAULT_FILE } from './start.ts';
import { ask, sign, withProgress } from './terminal.ts';

export const probeGraphCommand: Command = {
  usage: [
    'Usage: ews-gateway probe-graph MAILBOX [--yes] [--large] [--json] [--config FILE]',
    '',
    'Measures in a mailbox what sources leave open about Microsoft Graph: makes a folder and some drafts in it,',
    'tries each point, and deletes the folder again. Asks first, unless --yes is given. What was measured is kept',
    'for the tenant, and the gateway goes by it where the configuration (graph.capabilities) says nothing else.',
    'With --large it also makes a message of 100 MB, and reads its MIME.',
    'Needs Mail.ReadWrite of Microsoft Graph; with flow: delegated the mailbox has to be signed in.',
  ].join('\n'),
  run: async (args, io) => {
    const options = {
      yes: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      config: { type: 'string', short: 'c', default: DEFAULT_FILE },
    } as const;
    const { values, positionals } = readArguments(args, options, 1);
    const [mailbox] = positionals;
    if (mailbox === undefined) throw new UsageError(`Which mailbox?\n\n${probeGraphCommand.usage}`);
    const config = loadConfig(io.path(values.config), { environment: io.environment });
    const registration = registrationOf(config, mailbox);
    if (!values.yes && !(await mayProbe(io, mailbox))) {
      io.stderr.write('Nothing was done.\n');
      return 1;
    }
    const report = await withProgress(
      io,
      `Measuring in ${mailbox}`,
      measure(registration, config, mailbox, values.large),
    );
    const file = measuredCapabilitiesFile(config.stateFile);
    const { tenantId } = registration;
    writeAtomically(file, withMeasured(file, readIfThere(file), tenantId, report.capabilities, new Date()));
    io.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(io, report, file));
    if (report.left === undefined) return 0;
    io.stderr.write(`The folder "${report.left}" could not be deleted: please delete it.\n`);
    return 1;
  },
};

async function mayProbe(io: CommandIo, mailbox: string): Promise<boolean> {
  if (!io.isTerminal.stdin) throw new UsageError('Without a terminal to ask on, --yes is needed.');
  const answer = await ask(io, `Make a folder with drafts in ${mailbox}, and delete it afterwards? yes or no`, 'no');
  return /^y(?:es)?$/i.test(answer);
}

async function measure(
  registration: RegistrationConfig & { readonly graphOrigin: string },
  config: Config,
  mailbox: string,
  withLarge: boolean,
): Promise<ProbeReport> {
  const { outbound } = config;
  const { graphOrigin, uploadOrigin = graphOrigin, loginOrigin, flow } = registration;
  const entra = connectionsTo(new URL(loginOrigin), outbound);
  const graph = connectionsTo(new URL(graphOrigin), outbound);
  const uploads = connectionsTo(new URL(uploadOrigin), outbound);
  const points = withLarge ? [...PROBE_POINTS, ...LARGE_POINTS] : PROBE_POINTS;
  try {
    const { value } = await tokenClient(registration, config, mailbox, entra)();
    const root = flow === 'delegated' ? '/me' : usersPath(mailbox);
    return await probeGraph(graphCaller(`${graphOrigin}/v1.0${root}`, value, graph, uploads), points);
  } finally {
    await Promise.all([entra.close(), graph.close(), uploads.close()]);
  }
}

/** The app's own token, or that of the mailbox's sign-in. */
function tokenClient(
  registration: RegistrationConfig,
  config: Config,
  mailbox: string,
  dispatcher: Dispatcher,
): FetchToken {
  if (registration.flow === 'application')
    return entraClient({ ...registration, scope: registration.graphScope }, { dispatcher });
  const { tokenStore } = config;
  if (tokenStore === undefined) throw new Error('There is no token store.');
  const own = callersOpening(callersOf(config, registration), mailbox);
  const scopes = delegatedScopes('graph', registration, own);
  return delegatedClient(registration, mailbox, {
    store: new TokenStore(tokenStore.folder, tokenStore.key),
    scopes,
    dispatcher,
  });
}

/** A registration with a caller that may open the mailbox. */
function registrationOf(config: Config, mailbox: string): RegistrationConfig & { readonly graphOrigin: string } {
  for (const caller of callersOpening(config.callers, mailbox)) {
    const registration = config.registrations.get(caller.registration);
    const graphOrigin = registration?.graphOrigin;
    if (registration !== undefined && graphOrigin !== undefined) return { ...registration, graphOrigin };
  }
  throw new Error(
    `No caller in ${config.file} opens ${mailbox} with a registration that has an address of Microsoft Graph.`,
  );
}

function textOf(io: CommandIo, { points }: ProbeReport, file: string): string {
  const width = Math.max(...points.map(({ name }) => name.length));
  const lines = points.map(({ name, answer, capability, value }) => {
    const setting = capability === undefined || value === undefined ? '' : `  ${capability}: ${value}`;
    const isOpen = capability !== undefined && value === undefined;
    return `${sign(io, isOpen ? 'warn' : 'ok')} ${name.padEnd(width)}  ${answer}${setting}`;
  });
  return [...lines, '', `Kept in ${file}; a running gateway goes by it within a second.`, ''].join('\n');
}

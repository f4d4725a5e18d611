import { readinessPage } from '../admin/readiness-report.ts';
import { graphFindings } from '../diagnosis/graph-readiness/findings.ts';
import {
  isEqual,
  readinessReport,
  type GraphFindings,
  type ReadinessReport,
} from '../diagnosis/graph-readiness/report.ts';
import { readUsage, type Usage } from '../diagnosis/graph-readiness/usage.ts';
import type { CallerShadow, ShadowResult } from '../backends/shadow/results.ts';
import type { Config } from '../config/types.ts';
import { errorText } from '../errors.ts';
import { ewsEndText } from '../ews-end.ts';
import { loadConfig } from '../gateway/load-config.ts';
import { count } from '../quantity.ts';
import { writeAtomically } from '../state/atomic-file.ts';
import { askGateway } from './admin-client.ts';
import { readOptions } from './arguments.ts';
import type { Command, CommandIo } from './command.ts';
import { asCalled } from './invocation.ts';
import { DEFAULT_FILE } from './start.ts';
import { sign, withProgress } from './terminal.ts';

const NO_USAGE: Usage = { callers: new Map(), from: undefined, to: undefined, requests: 0, unreadable: 0 };
/** What the gateway says at /shadow. */
interface Compared {
  readonly registrations: Readonly<Record<string, readonly ShadowResult[] | undefined>>;
  readonly callers: readonly CallerShadow[];
}

const NOTHING_COMPARED: Compared = { registrations: {}, callers: [] };
const SERVED = { yes: 'ok', differs: 'warn', no: 'bad' } as const;
const VERDICTS = {
  'ready': ['ok', 'goes on as it is'],
  'differs': ['warn', 'goes on, with differences'],
  'not ready': ['bad', 'would fail'],
  'unused': ['warn', 'not seen in the audit log'],
} as const;

export const readinessCommand: Command = {
  usage: [
    'Usage: ews-gateway readiness [--config FILE] [--json] [--html FILE] [--offline]',
    '',
    'Says whether everything that programs did so far would go on through Microsoft Graph: for each caller the',
    'operations it used, by the audit log, and whether Graph serves each; missing permissions; mailboxes that',
    'Graph does not open; days until EWS ends. --html also writes a report to send on. With --offline Entra and',
    'Graph are not asked. Nothing is changed.',
    'Exit status: 0 if all goes on (maybe with differences), 1 if not.',
  ].join('\n'),
  run: async (args, io) => {
    const options = readOptions(args, {
      config: { type: 'string', short: 'c', default: DEFAULT_FILE },
      json: { type: 'boolean', default: false },
      html: { type: 'string', default: '' },
      offline: { type: 'boolean', default: false },
    });
    const config = loadConfig(io.path(options.config), {
      environment: io.environment,
      ...(options.offline ? { withoutSecrets: true } : {}),
    });
    const { audit } = config;
    if (audit === undefined)
      io.stderr.write(
        `${options.config} has no audit log, so that nothing is known of what programs use. Add it: ` +
          'audit: { file: audit.log }\n',
      );
    const usage = audit === undefined ? NO_USAGE : await withProgress(io, 'Reading the audit log', readUsage(audit));
    const shadow = await shadowResults(io, config);
    const findings = new Map<string, GraphFindings>();
    for (const registration of config.registrations.values()) {
      const { name } = registration;
      const found = options.offline
        ? { lines: [], roles: undefined }
        : await withProgress(
            io,
            `Asking Microsoft Graph for the mailboxes of registration ${name}`,
            graphFindings(registration, config),
          );
      findings.set(name, { ...found, shadow: shadow.registrations[name] ?? [] });
    }
    const report = readinessReport(config, usage, findings, Date.now(), shadow.callers);
    io.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : asCalled(io, textOf(io, report)));
    if (usage.unreadable > 0) io.stderr.write(`${count(usage.unreadable, 'line')} of the audit log cannot be read.\n`);
    if (options.html !== '') {
      writeAtomically(io.path(options.html), readinessPage(report));
      io.stderr.write(`Wrote ${options.html}\n`);
    }
    return report.ready ? 0 : 1;
  },
};

/** What the running gateway has compared; nothing where none runs, or none of its registrations compares. */
async function shadowResults(io: CommandIo, config: Config): Promise<Compared> {
  if (![...config.registrations.values()].some(({ shadow }) => shadow !== undefined)) return NOTHING_COMPARED;
  try {
    const { body } = await askGateway(io, config, '/shadow');
    return body as Compared;
  } catch (error) {
    io.stderr.write(`What was compared is not known: ${errorText(error)}\n`);
    return NOTHING_COMPARED;
  }
}

function shadowLine({ operation, compared, equal, failed, differences }: ShadowResult): string {
  const properties = differences.slice(0, 5).map(({ property, kind, times }) => `${property} (${kind}, ${times} ×)`);
  return [
    `${operation}: ${equal} of ${count(compared, 'answer')} equal`,
    ...(failed === 0 ? [] : [`${failed} without an answer of Graph`]),
    ...(properties.length === 0 ? [] : [`differ in ${properties.join(', ')}`]),
  ].join('; ');
}

function textOf(io: CommandIo, { registrations, callers, usage, ready }: ReadinessReport): string {
  const lines: string[] = [];
  for (const { name, daysLeft, lines: found, missing, shadow } of registrations) {
    if (daysLeft !== undefined)
      lines.push(
        daysLeft > 0
          ? `${name}: EWS ends in ${count(daysLeft, 'day')}, on ${ewsEndText()}`
          : `${name}: EWS ended on ${ewsEndText()}`,
      );
    for (const { level, text, remedy } of found)
      lines.push(`${sign(io, level)} ${name}: ${text}`, ...(level === 'ok' ? [] : remedy.map((line) => `    ${line}`)));
    for (const { permission, operations, always } of missing)
      lines.push(
        `${sign(io, always ? 'bad' : 'warn')} ${name}: the permission ${permission} is missing, for ` +
          `${operations.join(', ')}${always ? '' : ', if programs need it there'}`,
      );
    for (const result of shadow)
      lines.push(`${sign(io, isEqual(result) ? 'ok' : 'warn')} ${name}: compared with EWS: ${shadowLine(result)}`);
  }
  for (const { username, operations, shadow, verdict } of callers) {
    const [level, text] = VERDICTS[verdict];
    lines.push('', `${sign(io, level)} ${username}: ${text}`);
    const width = Math.max(0, ...operations.map(({ name }) => name.length));
    for (const { name, requests, served, note } of operations)
      lines.push(
        [
          `    ${sign(io, SERVED[served])} ${name.padEnd(width)}  ${String(requests).padStart(7)}`,
          served === 'no' ? 'not served through Graph' : (note ?? ''),
        ]
          .join('  ')
          .trimEnd(),
      );
    for (const result of shadow)
      lines.push(`    ${sign(io, isEqual(result) ? 'ok' : 'warn')} compared with EWS: ${shadowLine(result)}`);
  }
  const period =
    usage.from === undefined || usage.to === undefined
      ? 'The audit log has no requests'
      : `By ${count(usage.requests, 'request')} from ${usage.from.slice(0, 10)} to ${usage.to.slice(0, 10)}`;
  lines.push(
    '',
    `${sign(io, ready ? 'ok' : 'bad')} ${period}: ${ready ? 'all goes on' : 'not all would go on'} through Graph.`,
    '',
  );
  return lines.join('\n');
}

/**
 * How commands are called here: `ews-gateway enrol …` where the program is installed, `npm run enrol -- …` in a
 * checkout.
 */
import { quoteForShell } from '../diagnosis/shell-quote.ts';
import type { CommandIo } from './command.ts';

const INSTALLED = 'ews-gateway';
const NPM = 'npm run';

/** The scripts of package.json that run a command with what is given behind `--`, by command. */
export const NPM_SCRIPTS: Readonly<Record<string, string>> = {
  'start': 'start',
  'demo': 'demo',
  'init': 'init',
  'check': 'check',
  'test': 'test-mailbox',
  'certs': 'certs',
  'hash-password': 'hash-password',
  'sign-in': 'sign-in',
  'enrol': 'enrol',
  'unlock': 'unlock',
  'backend': 'backend',
  'readiness': 'readiness',
  'probe-graph': 'probe-graph',
  'tenant-script': 'tenant-script',
};

const COMMAND = new RegExp(`\\b${INSTALLED} (${Object.keys(NPM_SCRIPTS).join('|')})\\b( +(\\S+))?`, 'g');
/** What can only be an argument where a sentence might go on as well. */
const ARGUMENT = /^[-["'{<]|[A-Z@\\]/;

/**
 * @param environment in which npm says what it runs
 * @param command of this process
 * @returns what to put before a command's name
 * @see https://docs.npmjs.com/cli/using-npm/scripts#environment
 */
export function programNameFrom(
  environment: Readonly<Record<string, string | undefined>>,
  command: string | undefined,
): string {
  const script = Object.hasOwn(NPM_SCRIPTS, command ?? '') ? NPM_SCRIPTS[command ?? ''] : undefined;
  // Of another script, such as one that runs tests, it is inherited.
  return script !== undefined && environment['npm_lifecycle_event'] === script ? NPM : INSTALLED;
}

/** A command to be copied, with its arguments quoted for the shell. */
export function commandLine(
  { programName }: Pick<CommandIo, 'programName'>,
  command: string,
  ...args: string[]
): string {
  const rest = args.map(quoteForShell).join(' ');
  return [callOf(programName, command, rest !== ''), ...(rest === '' ? [] : [rest])].join(' ');
}

/**
 * Names the commands in a text as they are called here.
 *
 * @param text with commands as `ews-gateway enrol …`; those to be copied stand on lines of their own, indented
 */
export function asCalled({ programName }: Pick<CommandIo, 'programName'>, text: string): string {
  if (programName === INSTALLED) return text;
  return text
    .split('\n')
    .map((line) =>
      line.replace(COMMAND, (_, command: string, behind = '', next = '') => {
        const hasArguments = next !== '' && (/^(?: {2,}| *#  +)ews-gateway/.test(line) || ARGUMENT.test(next));
        return `${callOf(programName, command, hasArguments)}${behind}`;
      }),
    )
    .join('\n');
}

function callOf(programName: string, command: string, hasArguments: boolean): string {
  if (programName !== NPM) return `${programName} ${command}`;
  return `${command === 'start' ? 'npm' : NPM} ${NPM_SCRIPTS[command] ?? command}${hasArguments ? ' --' : ''}`;
}

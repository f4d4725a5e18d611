/** Finds the command that is asked for, runs it, and turns what it throws into a message and an exit status. */
import { errorText } from '../errors.ts';
import { VERSION } from '../version.ts';
import { UsageError, type Command, type CommandIo } from './command.ts';
import { asCalled } from './invocation.ts';

const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  'init': { summary: 'write a configuration', load: async () => (await import('./init.ts')).init },
  'check': {
    summary: 'look whether everything the gateway needs is there',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  'start': { summary: 'run the gateway', load: async () => (await import('./start.ts')).start },
  'demo': {
    summary: 'show a whole import against a simulated Entra ID and Exchange Online',
    load: async () => (await import('./demo.ts')).demo,
  },
  'test': { summary: "do what an import's Test button does", load: async () => (await import('./test.ts')).test },
  'hash-password': {
    summary: 'turn a password into the hash for the configuration',
    load: async () => (await import('./hash-password.ts')).hashPasswordCommand,
  },
  'sign-in': {
    summary: 'sign a mailbox in, for registrations with flow: delegated',
    load: async () => (await import('./sign-in.ts')).signInCommand,
  },
  'enrol': {
    summary: "enrol a program's password that nobody knows",
    load: async () => (await import('./enrol.ts')).enrol,
  },
  'unlock': {
    summary: 'end the lock of a user name or address',
    load: async () => (await import('./unlock.ts')).unlock,
  },
  'backend': {
    summary: 'say or set what answers a mailbox with backend: auto',
    load: async () => (await import('./backend.ts')).backendCommand,
  },
  'readiness': {
    summary: 'say whether all that programs use goes on through Microsoft Graph',
    load: async () => (await import('./readiness.ts')).readinessCommand,
  },
  'probe-graph': {
    summary: 'measure what Microsoft Graph can do in this tenant',
    load: async () => (await import('./probe-graph.ts')).probeGraphCommand,
  },
  'tenant-script': {
    summary: "print the PowerShell that sets the tenant's side up",
    load: async () => (await import('./tenant-script.ts')).tenantScriptCommand,
  },
  'certs': {
    summary: 'make a certificate for https, and an authority for it',
    load: async () => (await import('./certs.ts')).certs,
  },
  'schema': {
    summary: "print the configuration's JSON Schema, for editors",
    load: async () => (await import('./schema.ts')).schema,
  },
};

/** The names of all commands, in the order of the help. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/**
 * The whole command line.
 *
 * @param args without the program's own name
 * @returns the exit status: 0 if all went well, 1 if not, 2 where the command line itself is wrong
 */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    io.stderr.write(`${asCalled(io, errorText(error))}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function dispatch([name, ...rest]: readonly string[], io: CommandIo): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    io.stdout.write(usage(io.programName));
    return 0;
  }
  if (name === '--version') {
    io.stdout.write(`${io.programName} ${VERSION}\n`);
    return 0;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) throw new UsageError(`There is no command "${name}".\n\n${usage(io.programName)}`);
  const command = await entry.load();
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout.write(`${asCalled(io, command.usage)}\n`);
    return 0;
  }
  return command.run(rest, io);
}

function usage(programName: string): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(15)}${summary}`);
  return [
    `Usage: ${programName} <command> [options]`,
    '',
    ...rows,
    '',
    `${programName} <command> --help tells the options of a command; ${programName} --version tells the release.`,
    '',
  ].join('\n');
}

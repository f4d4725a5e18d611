#!/usr/bin/env -S node --max-semi-space-size=16
/** The command line: one file for each command in cli/. */
import { UsageError, type Command } from './cli/command.ts';

const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  'init': { summary: 'write a configuration', load: async () => (await import('./cli/init.ts')).init },
  'check': {
    summary: 'look whether everything the gateway needs is there',
    load: async () => (await import('./cli/check.ts')).checkCommand,
  },
  'start': { summary: 'run the gateway', load: async () => (await import('./cli/start.ts')).start },
  'demo': {
    summary: 'show a whole import against a simulated Entra ID and Exchange Online',
    load: async () => (await import('./cli/demo.ts')).demo,
  },
  'test': { summary: "do what an import's Test button does", load: async () => (await import('./cli/test.ts')).test },
  'hash-password': {
    summary: 'turn a password into the hash for the configuration',
    load: async () => (await import('./cli/hash-password.ts')).hashPasswordCommand,
  },
  'sign-in': {
    summary: 'sign a mailbox in, for registrations with flow: delegated',
    load: async () => (await import('./cli/sign-in.ts')).signInCommand,
  },
  'enrol': {
    summary: "take over a workflow's password that nobody knows",
    load: async () => (await import('./cli/enrol.ts')).enrol,
  },
  'unlock': {
    summary: 'end the lock of a user name or address',
    load: async () => (await import('./cli/unlock.ts')).unlock,
  },
  'tenant-script': {
    summary: "print the PowerShell that sets the tenant's side up",
    load: async () => (await import('./cli/tenant-script.ts')).tenantScriptCommand,
  },
  'certs': {
    summary: 'make a certificate for https, and an authority for it',
    load: async () => (await import('./cli/certs.ts')).certs,
  },
  'schema': {
    summary: "print the configuration's JSON Schema, for editors",
    load: async () => (await import('./cli/schema.ts')).schema,
  },
};

function usage(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(15)}${summary}`);
  return [
    'Usage: ews-gateway <command> [options]',
    '',
    ...rows,
    '',
    'ews-gateway <command> --help tells the options of a command.',
    '',
  ].join('\n');
}

async function main(): Promise<number> {
  const [name, ...rest] = process.argv.slice(2);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(usage());
    return 0;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) throw new UsageError(`There is no command "${name}".\n\n${usage()}`);
  const command = await entry.load();
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(`${command.usage}\n`);
    return 0;
  }
  return command.run(rest);
}

// Without await at the top, so that the bundle of the single executable can be CommonJS.
main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);

#!/usr/bin/env -S node --max-semi-space-size=16
/** The program: gives the command line what belongs to this process, and takes its exit status. */
import { isatty } from 'node:tty';
import type { CommandIo } from './cli/command.ts';
import { programNameFrom } from './cli/invocation.ts';
import { run } from './cli/run.ts';

const io: CommandIo = {
  programName: programNameFrom(process.env, process.argv[2]),
  // Not opened before a command reads it: a service may have none.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  isTerminal: { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2) },
  environment: process.env,
  platform: process.platform,
  signals: process,
  path: (given) => given,
  exit: (status) => process.exit(status),
};

// Without await at the top, so that the bundle of the single executable can be CommonJS.
void run(process.argv.slice(2), io).then((status) => {
  process.exitCode = status;
});

/** Signs a mailbox in with the command, up to the code, and lets somebody do something with it. */
import type { Test } from 'tap';
import { run, type CommandRun } from './command.ts';
import type { Stack } from './stack.ts';

/** @returns the command, ended */
export async function signIn(
  t: Test,
  { configFile, simulator }: Stack,
  mailbox: string,
  what: Parameters<typeof simulator.entra.deviceFlow.answer>[1] = { username: mailbox },
): Promise<CommandRun> {
  const command = run(t, ['sign-in', mailbox, '--config', configFile]);
  const [, code = ''] = await command.until(/Enter (\S+)/);
  t.ok(simulator.entra.deviceFlow.answer(code, what));
  await command.ended;
  return command;
}

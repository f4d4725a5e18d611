import { mailboxOf } from '../callers/mailboxes.ts';
import { loadConfig } from '../gateway/load-config.ts';
import type { Config, RegistrationConfig } from '../config/types.ts';
import { SIGN_INS } from '../gateway/kept-state.ts';
import { shareOnce } from '../gateway/share-once.ts';
import { connectionsTo } from '../network/outbound.ts';
import { TokenStore } from '../state/token-store.ts';
import { signIn } from '../tokens/delegated-client.ts';
import { readArguments } from './arguments.ts';
import { UsageError, type Command } from './command.ts';
import { DEFAULT_FILE } from './start.ts';

export const signInCommand: Command = {
  usage: [
    'Usage: ews-gateway sign-in MAILBOX [--config FILE] [--trust-configuration]',
    '',
    'Signs a mailbox in for a registration with flow: delegated. Prints an address and a code: open the',
    'address in a browser, on any machine, enter the code, and sign in as that mailbox. What Entra gives',
    'is kept encrypted; a running gateway uses it within 30 seconds.',
    '',
    'Where a program prints the key of the sign-ins (tokenStore.key), it is run only if no other account may write',
    'to FILE. On Windows that cannot be told: look, and add --trust-configuration.',
  ].join('\n'),
  run: async (args, io) => {
    const { values, positionals } = readArguments(
      args,
      {
        'config': { type: 'string', short: 'c', default: DEFAULT_FILE },
        'trust-configuration': { type: 'boolean', default: false },
      },
      1,
    );
    const [mailbox] = positionals;
    if (mailbox === undefined) throw new UsageError(`Which mailbox?\n\n${signInCommand.usage}`);
    const config = loadConfig(io.path(values.config), {
      withoutSecrets: true,
      withTokenStore: true,
      trustConfiguration: values['trust-configuration'],
      environment: io.environment,
    });
    const registration = registrationOf(config, mailbox);
    if (config.tokenStore === undefined) throw new Error('There is no token store.');
    const dispatcher = connectionsTo(new URL(registration.loginOrigin), config.outbound);
    const store = new TokenStore(config.tokenStore.folder, config.tokenStore.key);
    try {
      await signIn(registration, mailbox, store, {
        dispatcher,
        onCode: ({ code, address, expiresInSeconds }) =>
          io.stdout.write(
            `Open  ${address}\nEnter ${code}\nand sign in as ${mailbox}. ` +
              `The code is good for ${Math.round(expiresInSeconds / 60)} minutes. Waiting...\n`,
          ),
      });
    } finally {
      await dispatcher.close();
    }
    const problem = await shareOnce(config, SIGN_INS, store);
    if (problem === undefined) {
      io.stdout.write(`${mailbox} is signed in. A running gateway uses it within 30 seconds.\n`);
      return 0;
    }
    io.stdout.write(
      `${mailbox} is signed in, but the server of sharedState could not be told (${problem}). ` +
        'The gateway of this machine uses it within 30 seconds, and tells the others when it starts next.\n',
    );
    return 1;
  },
};

/** The delegated registration through which a caller reaches the mailbox. */
function registrationOf(config: Config, mailbox: string): RegistrationConfig {
  const wanted = mailbox.toLowerCase();
  const domain = wanted.slice(wanted.indexOf('@'));
  const callers = config.callers.filter((caller) =>
    caller.domainPasswords === undefined
      ? mailboxOf(caller, mailbox) !== undefined
      : caller.username.toLowerCase() === domain,
  );
  const registrations = [...new Set(callers.map(({ registration }) => registration))].flatMap(
    (name) => config.registrations.get(name) ?? [],
  );
  const delegated = registrations.filter(({ flow }) => flow === 'delegated');
  const [found] = delegated;
  if (registrations.length === 0) throw new Error(`No caller in ${config.file} opens the mailbox ${mailbox}.`);
  if (found === undefined)
    throw new Error(
      `${mailbox} is reached with the app's own right (registration '${registrations[0]?.name}'). ` +
        'It needs no sign-in, unless the registration has flow: delegated.',
    );
  if (delegated.length > 1)
    throw new Error(
      `${mailbox} is reached through several registrations: ${delegated.map(({ name }) => name).join(', ')}.`,
    );
  return found;
}

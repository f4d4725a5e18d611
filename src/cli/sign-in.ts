import { delegatedScopes, signInServices } from '../backends/delegated-scopes.ts';
import { callersOf, callersOpening } from '../callers/mailboxes.ts';
import { loadConfig } from '../gateway/load-config.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../config/types.ts';
import type { Level } from '../diagnosis/check-line.ts';
import { GatewayError } from '../errors.ts';
import { SIGN_INS } from '../gateway/kept-state.ts';
import { shareOnce } from '../gateway/share-once.ts';
import { connectionsTo } from '../network/outbound.ts';
import { TokenStore } from '../state/token-store.ts';
import { delegatedClient, signIn, type DelegatedOptions } from '../tokens/delegated-client.ts';
import { missingPermissions, permissionOf } from '../tokens/token-scopes.ts';
import { readArguments } from './arguments.ts';
import { UsageError, type Command } from './command.ts';
import { DEFAULT_FILE } from './start.ts';
import { sign } from './terminal.ts';

export const signInCommand: Command = {
  usage: [
    'Usage: ews-gateway sign-in MAILBOX [--config FILE] [--trust-configuration]',
    '',
    'Signs a mailbox in for a registration with flow: delegated. Prints an address and a code: open the',
    'address in a browser, on any machine, enter the code, and sign in as that mailbox. What Entra gives',
    'is kept encrypted; a running gateway uses it within 30 seconds. Says at the end which service the sign-in is',
    'good for, and with which permissions; exit status 1 if one of them gives no token.',
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
    const { registration, callers } = reachedBy(config, mailbox);
    if (config.tokenStore === undefined) throw new Error('There is no token store.');
    const store = new TokenStore(config.tokenStore.folder, config.tokenStore.key);
    const [first, ...others] = signInServices(registration, callers).map((service) =>
      delegatedScopes(service, registration, callers),
    );
    if (first === undefined) throw new Error(`${mailbox} is reached through no service.`);
    const dispatcher = connectionsTo(new URL(registration.loginOrigin), config.outbound);
    try {
      await signIn(registration, mailbox, {
        dispatcher,
        store,
        services: [first, ...others],
        onCode: ({ code, address, expiresInSeconds }) =>
          io.stdout.write(
            `Open  ${address}\nEnter ${code}\nand sign in as ${mailbox}. ` +
              `The code is good for ${Math.round(expiresInSeconds / 60)} minutes. Waiting...\n`,
          ),
      });
      io.stdout.write(`${mailbox} is signed in. A running gateway uses it within 30 seconds.\n`);
      // What the sign-in is good for is known only once a token of each service has been asked for.
      let works = true;
      for (const scopes of [first, ...others]) {
        const line = await tryToken(registration, mailbox, { dispatcher, store, scopes });
        works &&= line.level !== 'bad';
        io.stdout.write(`${sign(io, line.level)} ${line.text}\n`);
      }
      const problem = await shareOnce(config, SIGN_INS, store);
      if (problem === undefined) return works ? 0 : 1;
      io.stdout.write(
        `${sign(io, 'warn')} The server of sharedState could not be told (${problem}): other gateways learn of this ` +
          'sign-in when the gateway of this machine starts next.\n',
      );
      return 1;
    } finally {
      await dispatcher.close();
    }
  },
};

async function tryToken(
  registration: RegistrationConfig,
  mailbox: string,
  options: DelegatedOptions,
): Promise<{ readonly level: Level; readonly text: string }> {
  const { service, wanted } = options.scopes;
  try {
    const { permissions = [] } = await delegatedClient(registration, mailbox, options)();
    const missing = missingPermissions(options.scopes, permissions);
    const granted = wanted.map(permissionOf).filter((name) => !missing.includes(name));
    if (missing.length === 0) return { level: 'ok', text: `${service}: ${granted.join(', ')}` };
    return { level: 'warn', text: `${service}: ${granted.join(', ')}, without ${missing.join(', ')}` };
  } catch (error) {
    return { level: 'bad', text: `${service}: ${GatewayError.from(error).message}` };
  }
}

/** The delegated registration through which a mailbox is reached, and the callers that do so. */
function reachedBy(
  config: Config,
  mailbox: string,
): { readonly registration: RegistrationConfig; readonly callers: readonly CallerConfig[] } {
  const callers = callersOpening(config.callers, mailbox);
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
  return { registration: found, callers: callersOf({ callers }, found) };
}

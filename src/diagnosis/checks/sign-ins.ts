/** Whether each mailbox of a delegated registration is signed in, and opens with its own token. */
import type { Dispatcher } from 'undici';
import type { ServiceName } from '../../backends/backend.ts';
import { delegatedScopes } from '../../backends/delegated-scopes.ts';
import { callersOf, callersOpening } from '../../callers/mailboxes.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../../config/types.ts';
import { GatewayError } from '../../errors.ts';
import { TokenStore } from '../../state/token-store.ts';
import { delegatedClient } from '../../tokens/delegated-client.ts';
import { missingPermissions } from '../../tokens/token-scopes.ts';
import { bad, ok, warn, type CheckLine } from '../check-line.ts';
import { quoteForShell } from '../shell-quote.ts';
import { callersOn } from './backends.ts';
import { eitherSuffices } from './either.ts';
import { checkOwnInbox } from './graph.ts';
import { checkInbox } from './inbox.ts';

/** @param dispatcher to Entra @param services those that are asked; default: both */
export async function checkSignIns(
  registration: RegistrationConfig,
  config: Config,
  dispatcher: Dispatcher,
  services: ReadonlySet<ServiceName> = new Set(['ews', 'graph']),
): Promise<CheckLine[]> {
  const { name } = registration;
  const { tokenStore } = config;
  if (tokenStore === undefined) return [];
  const store = new TokenStore(tokenStore.folder, tokenStore.key);
  const lines: Record<ServiceName, CheckLine[]> = { ews: [], graph: [] };
  for (const backend of (['ews', 'graph'] as const).filter((service) => services.has(service))) {
    const callers = callersOn(backend, config, registration).filter((caller) => caller.domainPasswords === undefined);
    for (const [mailbox, username] of mailboxesOf(callers)) {
      const opening = callersOpening(callersOf(config, registration), mailbox);
      const scopes = delegatedScopes(backend, registration, opening);
      try {
        const { value, permissions = [] } = await delegatedClient(registration, mailbox, {
          store,
          scopes,
          dispatcher,
        })();
        const missing = missingPermissions(scopes, permissions);
        lines[backend].push(
          missing.length === 0
            ? ok(name, `${mailbox} is signed in${backend === 'graph' ? ' to Microsoft Graph' : ''}`)
            : warn(
                name,
                `${mailbox} is signed in to ${scopes.service} without ${missing.join(', ')}.`,
                `  ews-gateway sign-in ${quoteForShell(mailbox)}`,
              ),
        );
        const subject = { username, mailbox };
        lines[backend].push(
          backend === 'ews'
            ? await checkInbox(registration, config, value, subject)
            : await checkOwnInbox(registration, config, value, subject),
        );
      } catch (error) {
        lines[backend].push(
          bad(name, GatewayError.from(error).message, `  ews-gateway sign-in ${quoteForShell(mailbox)}`),
        );
      }
    }
  }
  return eitherSuffices(registration, config, lines.ews, lines.graph);
}

/** Each mailbox once, with the first caller that opens it. */
function mailboxesOf(callers: readonly CallerConfig[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { username, mailbox, mayImpersonate } of callers)
    for (const one of [mailbox, ...mayImpersonate]) if (!found.has(one)) found.set(one, username);
  return found;
}

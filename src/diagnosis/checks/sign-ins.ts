/** Whether each mailbox of a delegated registration is signed in, and opens with its own token. */
import type { Dispatcher } from 'undici';
import type { ServiceName } from '../../backends/backend.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../../config/types.ts';
import { GatewayError } from '../../errors.ts';
import { TokenStore } from '../../state/token-store.ts';
import { delegatedClient } from '../../tokens/delegated-client.ts';
import { bad, ok, type CheckLine } from '../check-line.ts';
import { quoteForShell } from '../shell-quote.ts';
import { callersOn } from './backends.ts';
import { eitherSuffices } from './either.ts';
import { checkInbox } from './inbox.ts';

/** @param dispatcher to Entra */
export async function checkSignIns(
  registration: RegistrationConfig,
  config: Config,
  dispatcher: Dispatcher,
): Promise<CheckLine[]> {
  const { name } = registration;
  const { tokenStore } = config;
  if (tokenStore === undefined) return [];
  const store = new TokenStore(tokenStore.folder, tokenStore.key);
  const lines: Record<ServiceName, CheckLine[]> = { ews: [], graph: [] };
  for (const backend of ['ews', 'graph'] as const) {
    const callers = callersOn(backend, config, registration).filter((caller) => caller.domainPasswords === undefined);
    const asked = backend === 'graph' ? { ...registration, scope: registration.graphScope } : registration;
    for (const [mailbox, username] of mailboxesOf(callers)) {
      try {
        const { value } = await delegatedClient(asked, mailbox, store, { dispatcher })();
        lines[backend].push(ok(name, `${mailbox} is signed in${backend === 'graph' ? ' to Microsoft Graph' : ''}`));
        if (backend === 'ews') lines.ews.push(await checkInbox(registration, config, value, { username, mailbox }));
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

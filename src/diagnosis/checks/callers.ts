/** Whether each caller's mailbox opens; through EWS by GetFolder of its Inbox, impersonated as the gateway does it. */
import { Enrolments } from '../../callers/enrolments.ts';
import { normalName } from '../../callers/user-name.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../../config/types.ts';
import { ok, warn, type CheckLine } from '../check-line.ts';
import { quoteForShell } from '../shell-quote.ts';

const AT_A_TIME = 4;

export interface CallerCheck {
  readonly callers: readonly CallerConfig[];
  /** What is checked in place of a domain's mailboxes, for the text. */
  readonly insteadOfDomain: string;
  /** Opens the Inbox of a caller's mailbox. */
  readonly open: (caller: CallerConfig) => Promise<CheckLine>;
}

/** @returns one line for each caller, in their order */
export async function checkCallers(
  registration: RegistrationConfig,
  config: Config,
  { callers, insteadOfDomain, open }: CallerCheck,
): Promise<CheckLine[]> {
  const enrolments = readEnrolments(config.stateFile);
  const inboxes = new Map<string, Promise<CheckLine>>();
  const lines: CheckLine[] = [];
  const rest = [...callers.entries()];
  const work = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const [index, caller] = next;
      lines[index] = await lineOf(caller);
    }
  };
  const lineOf = async (caller: CallerConfig): Promise<CheckLine> => {
    const { username, mailbox } = caller;
    const name = registration.name;
    if (caller.domainPasswords !== undefined)
      return ok(name, `caller ${username}: a domain has no single mailbox; ${insteadOfDomain}`);
    // A mailbox that several callers share is asked once.
    const key = mailbox.toLowerCase();
    const inbox = inboxes.get(key) ?? open(caller);
    inboxes.set(key, inbox);
    const { level, text, remedy } = await inbox;
    const line = { area: name, level, text: `caller ${username}: ${text}`, remedy };
    // Where the state file is damaged, whether a password was enrolled is not known.
    if (enrolments === undefined || level === 'bad') return line;
    if (enrolments.hashOf(normalName(username), caller.passwordHash) !== undefined) return line;
    return warn(
      name,
      `${line.text}; it has no password yet.`,
      'Let the gateway learn it from the program:',
      `  ews-gateway enrol ${quoteForShell(username)} --for 15m`,
    );
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return lines;
}

/** @returns undefined where the file is damaged, of which a check of its own tells */
function readEnrolments(file: string): Enrolments | undefined {
  try {
    return new Enrolments(file);
  } catch {
    return undefined;
  }
}

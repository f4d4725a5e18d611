/** Whether each caller's mailbox opens; through EWS by GetFolder of its Inbox, impersonated as the gateway does it. */
import { request } from 'undici';
import { Enrolments } from '../../callers/enrolments.ts';
import { normalName } from '../../callers/user-name.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../../config/types.ts';
import { readAnswer } from '../../ews/read-answer.ts';
import { connectionsTo } from '../../network/outbound.ts';
import { readEnvelopeHead } from '../../soap/envelope-head.ts';
import { connectingSidType, rewriteHead } from '../../soap/rewrite-head.ts';
import { VERSION } from '../../version.ts';
import { bad, ok, warn, type CheckLine } from '../check-line.ts';
import { explain } from '../explanations.ts';
import { messagesIn, OPEN_INBOX } from '../probes.ts';
import { quoteForShell } from '../shell-quote.ts';

const AT_A_TIME = 4;
const TIMEOUT = 30_000;
/** Says nothing lasting about the mailbox. */
const PASSING: ReadonlySet<string> = new Set(['ErrorServerBusy', 'ErrorMailboxStoreUnavailable']);

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
  const enrolments = new Enrolments(config.stateFile);
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
    if (enrolments.hashOf(normalName(username), caller.passwordHash) !== undefined || level === 'bad') return line;
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

/** Through EWS. @param token of the app, for a registration with impersonation */
export async function openInbox(
  registration: RegistrationConfig,
  config: Config,
  token: string,
  { username, mailbox }: CallerConfig,
): Promise<CheckLine> {
  const { name, clientId, ewsUrl, connectingSid, userAgent } = registration;
  const bytes = Buffer.from(OPEN_INBOX);
  const head = readEnvelopeHead(bytes, true);
  if (head === undefined) throw new Error('the head is incomplete');
  const type = connectingSid === 'auto' ? connectingSidType(head.requestServerVersion) : connectingSid;
  const url = new URL(ewsUrl);
  const dispatcher = connectionsTo(url, config.outbound);
  try {
    const response = await request(url, {
      dispatcher,
      method: 'POST',
      headers: {
        'authorization': `Bearer ${token}`,
        'content-type': 'text/xml; charset=utf-8',
        'user-agent': userAgent ?? `ews-gateway-check/${VERSION}`,
        'x-anchormailbox': mailbox,
      },
      body: Buffer.concat(rewriteHead(bytes, head, { type, value: mailbox })),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of response.body as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > 64 * 1024) break;
      pieces.push(piece);
    }
    const answer = readAnswer(Buffer.concat(pieces));
    if (answer === undefined) return bad(name, `${mailbox}: the answer is not EWS (HTTP ${response.statusCode}).`);
    if (answer.responseCode === 'NoError')
      return ok(name, `Inbox of ${mailbox}: ${messagesIn(answer.body) ?? 'an unknown number of'} messages`);
    const text = `Inbox of ${mailbox}: Exchange answers ${answer.responseCode}: ${answer.text}`;
    const remedy = explain(answer.responseCode, { username, mailbox, clientId, registration: name })?.remedy ?? [];
    return PASSING.has(answer.responseCode) ? warn(name, text, ...remedy) : bad(name, text, ...remedy);
  } catch (error) {
    return bad(name, `Inbox of ${mailbox}: ${error instanceof Error ? error.message : String(error)}.`);
  } finally {
    await dispatcher.destroy();
  }
}

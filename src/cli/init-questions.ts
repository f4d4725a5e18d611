/** What `init` asks. A wrong answer is asked for again, so that it costs none of the others. */
import { hashPassword, questionMarksForm } from '../callers/password-hash.ts';
import { isPlaceholder } from '../config/ids.ts';
import { PERSONAL_TENANT } from '../config/types.ts';
import { UsageError, type CommandIo } from './command.ts';
import { BEYOND_ASCII } from './hash-password.ts';
import type { CallerAnswer } from './init-file.ts';
import { ask, askHidden } from './terminal.ts';

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** A verified domain names the tenant too. */
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;
const ID_FORM = 'It is a GUID; the Overview page of the app registration shows it.';
const ADDRESS = /^[^@\s\\]+@[^@\s\\]+$/;
const DOMAIN_USER = /^[^@\s\\:=]+\\[^@\\:=]*[^@\s\\:=]$/;
/** A user name that is no address, with its mailbox. */
const NAME_AND_MAILBOX = /^([^@:=]+)=([^@\s\\]+@[^@\s\\]+)$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** How often a question is put before the command gives up. */
const MAX_ATTEMPTS = 5;

/**
 * Asks until the answer is right.
 *
 * @param problemOf says what is wrong with an answer
 * @throws Error after 5 wrong ones
 */
export async function askUntil(
  io: CommandIo,
  question: string,
  problemOf: (answer: string) => string | undefined,
  fallback = '',
): Promise<string> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const answer = await ask(io, question, fallback);
    const problem = problemOf(answer);
    if (problem === undefined) return answer;
    io.stderr.write(`${problem}\n`);
  }
  throw givenUp();
}

export async function askSecret(io: CommandIo): Promise<string> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const secret = (await askHidden(io, "The secret's Value (not its ID; nothing is shown)")).trim();
    if (secret !== '' && !GUID.test(secret)) return secret;
    io.stderr.write(secret === '' ? 'It is empty.\n' : 'That is the ID of the secret. The Value stands beside it.\n');
  }
  throw givenUp();
}

function givenUp(): Error {
  return new Error(`${MAX_ATTEMPTS} answers were wrong. Nothing was written.`);
}

export async function askExpiry(io: CommandIo, known: string | undefined): Promise<string | undefined> {
  if (known !== undefined) return known;
  const isDay = (text: string): string | undefined =>
    text === '' || (DAY.test(text) && !Number.isNaN(Date.parse(text))) ? undefined : 'A day like 2027-01-31.';
  const day = await askUntil(io, 'Day on which it expires, as Entra shows it (2027-01-31), or nothing', isDay);
  return day === '' ? undefined : day;
}

/** Without a terminal to ask on: no. */
export async function askGraphOnAccessDenied(io: CommandIo): Promise<boolean> {
  if (!io.isTerminal.stdin) return false;
  io.stderr.write(
    '\nOnce Exchange says that EWS is switched off, Microsoft Graph answers in its place. It gives no reason for\n' +
      'Kiosk, F1 and F3 licences, nor where an access policy excludes a mailbox.\n',
  );
  const answer = await askUntil(
    io,
    'Let Graph take over there too, if it opens the mailbox? yes or no',
    (text) => (/^(?:y|yes|n|no)$/i.test(text) ? undefined : 'yes or no.'),
    'no',
  );
  return /^y/i.test(answer);
}

export type NamedCaller = Omit<CallerAnswer, 'hash'>;

/** @throws UsageError for a name that is no caller's, or whose mailbox nobody can be asked for */
export async function givenCallers(io: CommandIo, given: readonly string[]): Promise<NamedCaller[]> {
  const callers: NamedCaller[] = [];
  for (const text of given) {
    const [, username, mailbox] = NAME_AND_MAILBOX.exec(text) ?? [];
    if (username !== undefined) callers.push({ username, mailbox });
    else if (ADDRESS.test(text)) callers.push({ username: text, mailbox: undefined });
    else if (DOMAIN_USER.test(text) && io.isTerminal.stdin)
      callers.push({ username: text, mailbox: await askMailbox(io, text) });
    else
      throw new UsageError(
        `--caller ${text}: an address as the client sends it, or the user name with its mailbox: ` +
          'DOMAIN\\user=invoices@contoso.com',
      );
  }
  return callers;
}

export async function askCallers(io: CommandIo): Promise<NamedCaller[]> {
  io.stderr.write(
    '\nThe user names that the programs send (addresses, or DOMAIN\\user), one a line; an empty line ends.\n',
  );
  const callers: NamedCaller[] = [];
  for (;;) {
    const isFirst = callers.length === 0;
    const username = await askUntil(io, isFirst ? 'User name' : 'Another one', (text) => {
      if (text === '' && !isFirst) return undefined;
      if (callers.some((caller) => caller.username.toLowerCase() === text.toLowerCase())) return 'It is there already.';
      return ADDRESS.test(text) || DOMAIN_USER.test(text)
        ? undefined
        : 'An address like invoices@contoso.com, or DOMAIN\\user.';
    });
    if (username === '') return callers;
    callers.push({ username, mailbox: ADDRESS.test(username) ? undefined : await askMailbox(io, username) });
  }
}

function askMailbox(io: CommandIo, username: string): Promise<string> {
  return askUntil(io, `Mailbox of ${username} (its address)`, (text) =>
    ADDRESS.test(text) ? undefined : 'An address like invoices@contoso.com.',
  );
}

/** @returns the hash, undefined where the password is to be enrolled */
export async function askPassword(io: CommandIo, username: string): Promise<string | undefined> {
  const password = await askHidden(io, `Password that the program sends for ${username} (nothing, if nobody knows it)`);
  if (password === '') return undefined;
  if (questionMarksForm(password) !== undefined) io.stderr.write(`${BEYOND_ASCII}\n`);
  return hashPassword(password, io.hashing?.cost);
}

/** Takes what an option gave, or asks. @throws UsageError for a given value that is wrong */
export async function valid(
  io: CommandIo,
  given: string,
  question: string,
  problemOf: (answer: string) => string | undefined,
): Promise<string> {
  if (given === '') return askUntil(io, question, problemOf);
  const problem = problemOf(given);
  if (problem !== undefined) throw new UsageError(`"${given}" does not look right. ${question}: ${problem}`);
  return given;
}

/** @returns what is wrong with a Directory (tenant) ID, which may be a domain of the tenant, or `consumers` */
export function tenantProblem(id: string): string | undefined {
  return id === PERSONAL_TENANT || ((GUID.test(id) || DOMAIN.test(id)) && !isPlaceholder(id)) ? undefined : ID_FORM;
}

/** @returns what is wrong with an Application (client) ID of an app registration in `tenantId` */
export function clientProblem(id: string, tenantId: string): string | undefined {
  if (!GUID.test(id) || isPlaceholder(id)) return ID_FORM;
  if (id.toLowerCase() === tenantId.toLowerCase())
    return 'That is the Directory (tenant) ID. The Application (client) ID stands above it on the Overview page.';
  return undefined;
}

/** DavMail, which turns EWS into IMAP and SMTP: an IMAP session and a sent message through it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import type { ClientRun } from './run.ts';

const COMMAND = '/usr/bin/davmail-server';
const START_SECONDS = 60;

export function findDavMail(): string | undefined {
  return existsSync(COMMAND) ? COMMAND : undefined;
}

/** One for many sessions: it takes seconds to start. */
export interface DavMail {
  readonly imapPort: number;
  readonly smtpPort: number;
  /** The end of its log. */
  readonly log: () => string;
  readonly close: () => Promise<void>;
}

/** @param folder for its settings and its log */
export async function startDavMail(url: string, folder: string): Promise<DavMail> {
  const [imapPort, smtpPort] = [await freePort(), await freePort()];
  const file = join(folder, 'davmail.properties');
  const logFile = join(folder, 'davmail.log');
  const settings = {
    'davmail.server': true,
    'davmail.mode': 'EWS',
    'davmail.url': url,
    'davmail.imapPort': imapPort,
    'davmail.smtpPort': smtpPort,
    'davmail.popPort': '',
    'davmail.ldapPort': '',
    'davmail.caldavPort': '',
    'davmail.bindAddress': '127.0.0.1',
    'davmail.allowRemote': false,
    'davmail.disableUpdateCheck': true,
    'davmail.enableProxy': false,
    'davmail.logFilePath': logFile,
  };
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const child = spawn(COMMAND, [file], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    imapPort,
    smtpPort,
    log: () => (existsSync(logFile) ? readFileSync(logFile, 'utf8').slice(-4_000) : ''),
    close: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

export async function checkDavMail(given: ClientRun): Promise<number> {
  const davmail = await startDavMail(given.url, given.folder);
  try {
    return await checkSessions(davmail, given);
  } finally {
    await davmail.close();
  }
}

/** What mail programs do through it: IMAP with four unread messages, then a message saved and one sent. */
export async function checkSessions(
  { imapPort, smtpPort, log }: DavMail,
  { username, sender, password, serves }: Pick<ClientRun, 'username' | 'sender' | 'password' | 'serves'>,
): Promise<number> {
  try {
    const checks = await checkImap(await Session.open(imapPort), username, password);
    if (!serves('CreateItem')) return checks;
    const appended = await checkAppend(await Session.open(imapPort), sender, password);
    await checkSmtp(await Session.open(smtpPort), sender, username, password);
    const again = await Session.open(imapPort);
    await again.command(`LOGIN ${quoted(username)} ${quoted(password)}`);
    const select = await again.command('SELECT INBOX');
    assert.match(select, /^\* 2 EXISTS/m, 'the message sent arrived');
    again.close();
    return checks + appended + 2;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${log()}`, { cause: error });
  }
}

async function checkImap(imap: Session, username: string, password: string): Promise<number> {
  await imap.until(/^\* OK.*\r\n/m);
  assert.match(await imap.command(`LOGIN ${quoted(username)} "wrong"`), /^\w+ NO/m, 'a wrong password is refused');
  await imap.command(`LOGIN ${quoted(username)} ${quoted(password)}`);
  assert.match(await imap.command('LIST "" "*"'), /"?INBOX"?/);
  assert.match(await imap.command('SELECT INBOX'), /^\* 4 EXISTS/m, 'four messages');
  assert.match(await imap.command('UID SEARCH UNSEEN'), /^\* SEARCH( \d+){4}\r/m, 'all unread');
  const fetched = await imap.command('FETCH 1:4 (UID FLAGS BODY.PEEK[])');
  assert.equal(fetched.match(/^MIME-Version: /gim)?.length, 4, 'each comes whole');
  const uids = [...fetched.matchAll(/UID (\d+)/g)].map((match) => match[1]);
  await imap.command(`UID STORE ${uids.join(',')} +FLAGS (\\Seen)`);
  assert.match(await imap.command('UID SEARCH UNSEEN'), /^\* SEARCH\r/m, 'none is unread');
  await imap.command('CREATE INBOX/Processed');
  await imap.command(`UID MOVE ${uids.slice(0, 3).join(',')} INBOX/Processed`);
  assert.match(await imap.command('SELECT INBOX/Processed'), /^\* 3 EXISTS/m, 'three were moved');
  assert.match(await imap.command('SELECT INBOX'), /^\* 1 EXISTS/m, 'one is left');
  imap.close();
  return 9;
}

/** Saves a message in a folder, and reads it back. The caller must be one that may create messages. */
async function checkAppend(imap: Session, username: string, password: string): Promise<number> {
  await imap.until(/^\* OK.*\r\n/m);
  await imap.command(`LOGIN ${quoted(username)} ${quoted(password)}`);
  const mime =
    'From: scanner@contoso.test\r\nTo: archive@contoso.test\r\nSubject: appended\r\nMIME-Version: 1.0\r\n' +
    'Content-Type: text/plain; charset=utf-8\r\n\r\nAppended text\r\n';
  const appended = await imap.command(`APPEND INBOX/Processed (\\Seen) {${Buffer.byteLength(mime)}}`, async () => {
    await imap.until(/^\+.*\r\n/m);
    return mime;
  });
  assert.match(appended, /^\w+ OK/m, 'a message is saved');
  assert.match(await imap.command('SELECT INBOX/Processed'), /^\* 4 EXISTS/m, 'beside those that were moved');
  const fetched = await imap.command('FETCH 1:4 (UID FLAGS BODY.PEEK[])');
  assert.match(fetched, /Subject: appended/, 'it is read back');
  assert.match(fetched, /Appended text/);
  assert.match(await imap.command('UID SEARCH UNSEEN'), /^\* SEARCH\r/m, 'and counts as read');
  imap.close();
  return 4;
}

async function checkSmtp(smtp: Session, sender: string, recipient: string, password: string): Promise<void> {
  await smtp.until(/^220 .*\r\n/m);
  await smtp.line('EHLO localhost', /^250 .*\r\n/m);
  await smtp.line(`AUTH PLAIN ${Buffer.from(`\0${sender}\0${password}`).toString('base64')}`, /^235 .*\r\n/m);
  await smtp.line(`MAIL FROM:<${recipient}>`, /^250 .*\r\n/m);
  await smtp.line(`RCPT TO:<${recipient}>`, /^250 .*\r\n/m);
  await smtp.line('DATA', /^354 .*\r\n/m);
  await smtp.line(`From: ${recipient}\r\nTo: ${recipient}\r\nSubject: sent\r\n\r\nText\r\n.`, /^250 .*\r\n/m);
  smtp.close();
}

/** A conversation in lines, for IMAP and SMTP. */
class Session {
  readonly #socket: Socket;
  #received = '';
  #closed = false;
  #tag = 0;
  #changed: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#changed();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#changed();
    });
  }

  /** Tries until the program has started. */
  static async open(port: number): Promise<Session> {
    for (let tries = 0; ; tries++) {
      const socket = connect(port, '127.0.0.1');
      try {
        await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
        return new Session(socket);
      } catch (error) {
        if (tries >= START_SECONDS * 5) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  /** Sends an IMAP command and returns all up to its tagged answer. @param literal what it ends with, once asked for */
  async command(text: string, literal?: () => Promise<string>): Promise<string> {
    const tag = `a${++this.#tag}`;
    this.#socket.write(`${tag} ${text}\r\n`);
    if (literal !== undefined) this.#socket.write(`${await literal()}\r\n`);
    return this.until(new RegExp(`^${tag} .*\\r\\n`, 'm'));
  }

  async line(text: string, answer: RegExp): Promise<string> {
    this.#socket.write(`${text}\r\n`);
    return this.until(answer);
  }

  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#received);
      if (match !== null) {
        const end = match.index + match[0].length;
        const text = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        return text;
      }
      if (this.#closed) throw new Error(`closed after: ${this.#received}`);
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

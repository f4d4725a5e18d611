/** Scenarios of real clients that were recorded, with the mail they need. */
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { at } from './flow-requests.ts';
import { stateOf } from './mailbox-state.ts';
import { recorded, type RecordedRequest } from './recorded-requests.ts';

const BOUNDARY = 'next-part';
const part = (headers: string, content: string): string => `--${BOUNDARY}\r\n${headers}\r\n\r\n${content}\r\n`;
const base64 = (content: Buffer): string => content.toString('base64').replaceAll(/.{76}/g, '$&\r\n');
const file = (name: string, size = 100, disposition = 'attachment'): string =>
  part(
    `Content-Type: application/pdf; name="${name}"\r\nContent-Disposition: ${disposition}; filename="${name}"\r\n` +
      `Content-ID: <${name}@fabrikam>\r\nContent-Transfer-Encoding: base64`,
    base64(Buffer.alloc(size, `%PDF ${name}`)),
  );
const attached = (subject: string): string =>
  part('Content-Type: message/rfc822', `Subject: ${subject}\r\nFrom: inner@fabrikam.test\r\n\r\nwithin`);

/** Mail with these attachments, the same octets in every mailbox. */
function message(index: number, attachments: readonly string[]): Buffer {
  const head = [
    'From: Sender <sender@fabrikam.test>',
    'To: alice@contoso.test',
    `Subject: =?UTF-8?Q?Invoice_${index}_=C3=BC?=`,
    `Message-ID: <${index}@fabrikam.test>`,
    'Date: Thu, 01 Jan 2026 08:00:00 +0000',
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
  ];
  const parts = [part('Content-Type: text/plain; charset=utf-8', `Text ${index}`), ...attachments];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${parts.join('')}--${BOUNDARY}--\r\n`);
}

/** Unread mail with as many attachments each as the recorded client was given, and one without any. */
const seed =
  (...attachments: readonly (readonly string[])[]) =>
  async (mailbox: Mailbox): Promise<void> => {
    for (const [index, list] of [...attachments, []].entries())
      await mailbox.deliver(message(index, list), 'inbox', at(index));
  };

/** What is no NoError, on both sides. */
export const REFUSED: Readonly<Record<string, readonly string[]>> = {
  // It names the folder in a namespace that Exchange refuses as well (nmarus/node-ews#91).
  'node-ews/flow': ['ErrorSchemaValidation', 'ErrorSchemaValidation'],
};

/** A query in words, which Graph has no counterpart of (docs/graph-coverage.md): the client asks for everything. */
const withoutQueryString = ({ operation, body }: RecordedRequest): RecordedRequest => ({
  operation,
  body: body.replace(/<m:QueryString>[\s\S]*?<\/m:QueryString>/, ''),
});

/** By `client/name`: the mailbox as the recorded client was given it. */
export const SCENARIOS: Readonly<Record<string, (mailbox: Mailbox) => Promise<void> | void>> = {
  'managed-api/flow': seed(
    [file('a.pdf')],
    [attached('Inner')],
    [file('b.pdf', 100_000), file('b2.pdf', 10, 'inline')],
    [file('c'), file('d')],
    [file('e.pdf')],
  ),
  'managed-api/send': () => undefined,
  'node-ews/flow': seed([file('a.pdf')], [file('b.pdf')]),
  'ews-javascript-api/flow': seed(
    [file('a.pdf')],
    [file('b.pdf'), file('b2.pdf')],
    [file('c.pdf')],
    [file('d.pdf')],
    [file('e.pdf')],
  ),
};

/** node-ews was given attachments in the base shape Default, which has none. */
const isAnswerable =
  (scenario: string) =>
  ({ operation }: RecordedRequest): boolean =>
    scenario !== 'node-ews/flow' || operation !== 'GetAttachment';

/** What is sent of a scenario. */
export function requestsOf(scenario: string): readonly RecordedRequest[] {
  return recorded(scenario).filter(isAnswerable(scenario)).map(withoutQueryString);
}

/** A mailbox after a scenario. */
export function leftIn(mailbox: Mailbox): unknown {
  return JSON.parse(JSON.stringify(stateOf(mailbox), ofTheMessage));
}

/** Without what was made up when a message was sent: its id, its time, and a name for the sender's address. */
function ofTheMessage(key: string, value: unknown): unknown {
  if (key === 'internetMessageId' && !String(value).endsWith('@fabrikam.test>')) return undefined;
  if (key === 'receivedAt' && !String(value).startsWith('2026-01-01')) return undefined;
  return key === 'from' ? (value as { readonly address?: string } | undefined)?.address : value;
}

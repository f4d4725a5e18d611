/** Messages in MIME form, read with postal-mime and written by hand. */
import PostalMime, { type Address } from 'postal-mime';

export interface ParsedMail {
  readonly subject: string;
  readonly body: { readonly type: 'Text' | 'HTML'; readonly text: string };
  readonly from: Address | undefined;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly internetMessageId: string | undefined;
  readonly inReplyTo: string | undefined;
  readonly references: string | undefined;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  readonly importance: string;
  readonly sensitivity: string;
  readonly date: Date | undefined;
  readonly attachments: readonly ParsedAttachment[];
}

export interface ParsedAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly contentId: string | undefined;
  readonly isInline: boolean;
  readonly content: Buffer;
}

export async function parseMime(mime: Buffer): Promise<ParsedMail> {
  const mail = await PostalMime.parse(mime, { attachmentEncoding: 'arraybuffer' });
  const header = (name: string): string | undefined => mail.headers.find(({ key }) => key === name)?.value;
  const date = mail.date === undefined ? Number.NaN : Date.parse(mail.date);
  return {
    subject: mail.subject ?? '',
    body: mail.html === undefined ? { type: 'Text', text: mail.text ?? '' } : { type: 'HTML', text: mail.html },
    from: mail.from,
    to: mail.to ?? [],
    cc: mail.cc ?? [],
    bcc: mail.bcc ?? [],
    replyTo: mail.replyTo ?? [],
    internetMessageId: mail.messageId,
    inReplyTo: mail.inReplyTo,
    references: mail.references,
    headers: mail.headers.map(({ key, value }) => ({ key, value })),
    importance: { high: 'High', low: 'Low' }[header('importance')?.toLowerCase() ?? ''] ?? 'Normal',
    sensitivity:
      { 'personal': 'Personal', 'private': 'Private', 'company-confidential': 'Confidential' }[
        header('sensitivity')?.toLowerCase() ?? ''
      ] ?? 'Normal',
    date: Number.isNaN(date) ? undefined : new Date(date),
    attachments: mail.attachments.map((attachment, index) => ({
      name: attachment.filename ?? `attachment-${index + 1}`,
      contentType: attachment.mimeType,
      contentId: attachment.contentId?.replace(/^<|>$/g, ''),
      isInline: attachment.disposition === 'inline' || attachment.related === true,
      content:
        typeof attachment.content === 'string'
          ? Buffer.from(attachment.content)
          : Buffer.from(new Uint8Array(attachment.content as ArrayBuffer)),
    })),
  };
}

export interface NewMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc?: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: boolean;
  readonly date?: Date;
  readonly messageId?: string;
  readonly attachments?: readonly { readonly name: string; readonly contentType: string; readonly content: Buffer }[];
}

/** @see https://www.rfc-editor.org/rfc/rfc5322 and https://www.rfc-editor.org/rfc/rfc2045 */
export function writeMime(mail: NewMail): Buffer {
  const boundary = `=_${Buffer.from(`${mail.subject} ${mail.to.join()}`).toString('hex').slice(0, 40)}`;
  const word = (text: string): string =>
    /^[ -~]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
  const base64 = (content: Buffer): string => content.toString('base64').replace(/.{76}/g, '$&\r\n');
  const part = (contentType: string, content: Buffer, more: readonly string[] = []): string =>
    [`Content-Type: ${contentType}`, 'Content-Transfer-Encoding: base64', ...more, '', base64(content), ''].join(
      '\r\n',
    );
  const text = part(`text/${mail.html === true ? 'html' : 'plain'}; charset=utf-8`, Buffer.from(mail.text));
  const attachments = (mail.attachments ?? []).map(({ name, contentType, content }) =>
    part(contentType, content, [`Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`]),
  );
  const head = [
    `From: ${mail.from}`,
    `To: ${mail.to.join(', ')}`,
    ...(mail.cc === undefined || mail.cc.length === 0 ? [] : [`Cc: ${mail.cc.join(', ')}`]),
    `Subject: ${word(mail.subject)}`,
    `Date: ${(mail.date ?? new Date()).toUTCString().replace('GMT', '+0000')}`,
    ...(mail.messageId === undefined ? [] : [`Message-ID: ${mail.messageId}`]),
    'MIME-Version: 1.0',
  ].join('\r\n');
  if (attachments.length === 0) return Buffer.from(`${head}\r\n${text}`);
  const parts = [text, ...attachments].map((content) => `--${boundary}\r\n${content}`).join('');
  return Buffer.from(
    `${head}\r\nContent-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n${parts}--${boundary}--\r\n`,
  );
}

/** The mailboxes of one tenant, and mail between them. */
import { MailboxError } from './errors.ts';
import type { Mailbox } from './mailbox.ts';
import { newMessage, recipient, type MessageParts } from './message.ts';
import { parseMime } from './mime-reader.ts';
import { withoutBcc, writeMime } from './mime-writer.ts';
import type { Item, NewMessage } from './types.ts';

export interface SendOptions {
  /** Folder of the sender's copy, by id or well-known name; null: none is kept. */
  readonly saveTo?: string | null;
}

export interface Sent {
  /** The sender's copy. */
  readonly copy: Item | undefined;
  readonly delivered: readonly { readonly mailbox: Mailbox; readonly item: Item }[];
  /** Addresses outside the organization, and those of full mailboxes. */
  readonly undelivered: readonly string[];
}

export class Organization {
  readonly #mailboxes: Mailbox[] = [];
  readonly #byAddress = new Map<string, Mailbox>();
  readonly #byGuid = new Map<string, Mailbox>();

  constructor(mailboxes: Iterable<Mailbox> = []) {
    for (const mailbox of mailboxes) this.add(mailbox);
  }

  get mailboxes(): readonly Mailbox[] {
    return this.#mailboxes;
  }

  add(mailbox: Mailbox): void {
    this.#mailboxes.push(mailbox);
    this.#byGuid.set(mailbox.guid, mailbox);
    for (const address of [mailbox.address, ...mailbox.aliases]) this.#byAddress.set(address.toLowerCase(), mailbox);
  }

  /** @param address primary or another; case does not matter */
  find(address: string): Mailbox | undefined {
    return this.#byAddress.get(address.toLowerCase());
  }

  /** The mailbox that an id names. */
  byGuid(guid: string): Mailbox | undefined {
    return this.#byGuid.get(guid.toLowerCase());
  }

  /**
   * Sends a message from a mailbox: each recipient gets it once and without Bcc, the sender's copy keeps Bcc.
   *
   * @param message MIME, or what to write as MIME
   * @throws MailboxError invalidRecipients, folderNotFound, and for the sender's copy quotaExceeded
   */
  async send(sender: Mailbox, message: Buffer | MessageParts, options: SendOptions = {}): Promise<Sent> {
    const content = completed(sender, Buffer.isBuffer(message) ? await parseMime(message) : newMessage(message));
    const folder = options.saveTo === null ? undefined : sender.folders.resolve(options.saveTo ?? 'sentitems').id;
    const { mime, recipients } = await this.#outgoing(content);
    const now = new Date();
    const copy =
      folder === undefined
        ? undefined
        : sender.add({ ...content, sentAt: content.sentAt ?? now }, folder, { isRead: true, receivedAt: now });
    return { copy, ...(await this.#deliver(mime, recipients)) };
  }

  /**
   * Sends a draft; it becomes the sender's copy, under a new id.
   *
   * @throws MailboxError itemNotFound, changeKeyConflict, messageIsNoDraft, invalidRecipients, folderNotFound
   */
  async sendDraft(
    sender: Mailbox,
    id: string,
    options: SendOptions & { readonly changeKey?: string } = {},
  ): Promise<Sent> {
    const draft = sender.item(id);
    if (options.changeKey !== undefined && options.changeKey !== draft.changeKey)
      throw new MailboxError('changeKeyConflict');
    if (!draft.isDraft) throw new MailboxError('messageIsNoDraft');
    const folder = options.saveTo === null ? undefined : sender.folders.resolve(options.saveTo ?? 'sentitems').id;
    const content = completed(sender, draft);
    const { mime, recipients } = await this.#outgoing(content);
    const { from, internetMessageId } = content;
    let copy: Item | undefined;
    if (folder === undefined) sender.delete(draft.id, 'hard');
    else {
      const now = new Date();
      const sent = { isDraft: false, isRead: true, from, internetMessageId, sentAt: now, receivedAt: now };
      copy = sender.update(sender.move(draft.id, folder).id, sent);
    }
    return { copy, ...(await this.#deliver(mime, recipients)) };
  }

  async #outgoing(content: NewMessage): Promise<{ readonly mime: Buffer; readonly recipients: readonly string[] }> {
    const recipients = [
      ...new Set([...content.to, ...content.cc, ...content.bcc].map(({ address }) => address.toLowerCase())),
    ].filter((address) => address !== '');
    if (recipients.length === 0) throw new MailboxError('invalidRecipients');
    return { mime: content.mime === undefined ? await writeMime(content) : withoutBcc(content.mime), recipients };
  }

  async #deliver(mime: Buffer, recipients: readonly string[]): Promise<Omit<Sent, 'copy'>> {
    const delivered: { readonly mailbox: Mailbox; readonly item: Item }[] = [];
    const undelivered: string[] = [];
    for (const address of recipients) {
      const mailbox = this.find(address);
      if (mailbox === undefined) undelivered.push(address);
      else if (!delivered.some((delivery) => delivery.mailbox === mailbox)) {
        try {
          const item = await mailbox.deliver(mime, 'inbox', { receivedAt: new Date() });
          delivered.push({ mailbox, item });
        } catch (error) {
          if (!(error instanceof MailboxError)) throw error;
          undelivered.push(address);
        }
      }
    }
    return { delivered, undelivered };
  }
}

/** A message has a sender and a Message-ID once it leaves; MIME that lacks one is written again. */
function completed(sender: Mailbox, content: NewMessage): NewMessage {
  if (content.from !== undefined && content.internetMessageId !== undefined) return content;
  const domain = sender.address.split('@')[1] ?? 'localhost';
  return {
    ...content,
    from: content.from ?? recipient(sender.address, sender.displayName),
    internetMessageId: content.internetMessageId ?? `<${sender.ids.newSearchKey()}@${domain}>`,
    mime: undefined,
  };
}

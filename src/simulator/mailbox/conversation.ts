/**
 * What makes messages one conversation.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxomsg/ (2.2.1.3 PidTagConversationIndex)
 */
import { hash } from './ids.ts';

/** The subject without its prefixes: up to three letters and a colon each. */
export function conversationTopic(subject: string): string {
  let topic = subject;
  for (let next = topic; ; topic = next) {
    next = topic.replace(/^\s*\p{L}{1,3}:\s*/u, '');
    if (next === topic) return topic;
  }
}

interface Origin {
  readonly threadIndex: string | undefined;
  readonly references: string | undefined;
  readonly inReplyTo: string | undefined;
  readonly internetMessageId: string | undefined;
  readonly sentAt: Date | undefined;
}

/**
 * PidTagConversationIndex: the one the message brings (Thread-Index), else made of the oldest message it refers to
 * (inferred), so that replies of clients that know no such header belong together too.
 *
 * @returns 22 bytes or more: 1, five bytes of time, and the conversation's GUID
 */
export function conversationIndex(origin: Origin): Buffer {
  const brought = Buffer.from(origin.threadIndex ?? '', 'base64');
  if (brought.length >= 22 && brought[0] === 1) return brought;
  const [oldest] = /<[^<>\s]+>/.exec(`${origin.references ?? ''} ${origin.inReplyTo ?? ''}`) ?? [];
  const index = Buffer.alloc(22);
  index[0] = 1;
  const fileTime = BigInt((origin.sentAt ?? new Date()).getTime() + 11_644_473_600_000) * 10_000n;
  index.writeUIntBE(Number((fileTime >> 16n) & 0xff_ffff_ffffn), 1, 5);
  index.write(hash(oldest ?? origin.internetMessageId ?? `${Math.random()}`), 6, 'hex');
  return index;
}

/** The conversation's GUID, 16 bytes as hexadecimal text. */
export function conversationGuid(index: Buffer): string {
  return index.toString('hex', 6, 22);
}

/**
 * @see https://learn.microsoft.com/graph/api/message-update
 * @see https://techcommunity.microsoft.com/ (4505227: updates to sensitive email properties)
 */
import { recipient } from '../../mailbox/message.ts';
import type { Item, ItemChanges } from '../../mailbox/types.ts';
import { checkObject } from '../body-check.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { accessDenied, fromMailboxError, GraphError } from '../errors.ts';
import { extendedOf, readContent, readState } from '../message-input.ts';
import { messageJson } from '../message-json.ts';
import { entityJson } from '../paging.ts';
import { grants } from '../permissions.ts';
import { MailboxError } from '../../mailbox/errors.ts';
import { messageOf } from './get-message.ts';

/** Changeable while a message is a draft only. */
const SENSITIVE: ReadonlySet<string> = new Set([
  'subject',
  'body',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'from',
  'sender',
  'replyTo',
  'internetMessageId',
  'isReadReceiptRequested',
  'isDeliveryReceiptRequested',
]);

/** Changeable at any time. */
const FREE: ReadonlySet<string> = new Set([
  'isRead',
  'categories',
  'flag',
  'importance',
  'inferenceClassification',
  'singleValueExtendedProperties',
  'multiValueExtendedProperties',
]);

const POLICY_TAG = { type: 'Binary', tag: 0x3019 } as const;

export async function updateMessage(call: Call): Promise<GraphAnswer> {
  const { mailbox, service } = call;
  const { behaviour } = service;
  const item = messageOf(call);
  const body = call.json();
  checkObject(body, 'message', service);
  requireVersion(call, item, body['@odata.etag']);
  const names = Object.keys(body).filter((name) => !name.includes('@'));
  const readOnly = names.filter((name) => !SENSITIVE.has(name) && !FREE.has(name));
  if (readOnly.length > 0 && behaviour.readOnlyMembers === 'refused')
    throw new GraphError(400, 'ErrorInvalidPropertySet', `Set action is invalid for property '${readOnly[0]}'.`);
  let allowed = names;
  if (!item.isDraft) {
    const isFree = (name: string): boolean =>
      name === 'isReadReceiptRequested' && behaviour.receiptRequests === 'changeable';
    const sensitive = names.filter((name) => SENSITIVE.has(name) && !isFree(name));
    if (sensitive.length > 0 && !mayChangeSensitive(call)) {
      if (behaviour.mailAdvancedGate) throw accessDenied();
      if (behaviour.contentOfNonDrafts === 'refused')
        throw new GraphError(400, 'ErrorInvalidPropertySet', 'Message is not draft.');
      allowed = names.filter((name) => !sensitive.includes(name));
    }
    if (names.some((name) => name.endsWith('ExtendedProperties')) && behaviour.gateOnExtendedProperties) {
      if (behaviour.mailAdvancedGate && !mayChangeSensitive(call)) throw accessDenied();
    }
  }
  const accepted = Object.fromEntries(allowed.map((name) => [name, body[name]]));
  const { state, parts } = extendedOf(accepted, call, item.extended);
  const isFixed =
    (behaviour.laterItemClass === 'fixed' && parts.itemClass !== undefined) ||
    (behaviour.retentionTags === 'fixed' && state.extended?.get(POLICY_TAG) !== item.extended.get(POLICY_TAG));
  if (isFixed) throw new GraphError(400, 'ErrorInvalidPropertySet', 'Set action is invalid for property.');
  const changes: ItemChanges = {
    ...(readContent(accepted) as ItemChanges),
    ...(parts as ItemChanges),
    ...readState(accepted),
    ...state,
  };
  const changed = Object.keys(changes).length === 0 ? item : mailbox.update(item.id, changes);
  if (changed.isRead && !item.isRead && changed.isReadReceiptRequested && !item.isDraft) await sendReceipt(call, item);
  return { status: 200, json: entityJson(call, messageJson(call, changed, { select: undefined, expand: [] })) };
}

/** Since the gate, the permission allows what was refused before. */
function mayChangeSensitive({ claims, mailbox, service }: Call): boolean {
  return service.behaviour.mailAdvancedGate && grants(claims, 'Mail-Advanced.ReadWrite', mailbox, service.settings);
}

/**
 * Compares the version that a client has seen, in If-Match or in the body [thread davmail#491].
 *
 * @throws GraphError 412
 */
export function requireVersion({ request, service }: Call, { changeKey }: Item, inBody?: unknown): void {
  const { ifMatch, etagInBody } = service.behaviour;
  const header = request.headers['if-match'];
  const differs = (etag: string): boolean => etag !== '*' && etag !== `W/"${changeKey}"`;
  if (
    (ifMatch === 'honoured' && header !== undefined && differs(header)) ||
    (etagInBody === 'honoured' && typeof inBody === 'string' && differs(inBody))
  )
    throw fromMailboxError(new MailboxError('changeKeyConflict'));
}

/** There is no way to suppress it [thread msgraph-sdk-php#1169]. */
async function sendReceipt({ mailbox, service }: Call, item: Item): Promise<void> {
  if (item.from === undefined) return;
  await service.organization.send(
    mailbox,
    {
      itemClass: 'REPORT.IPM.Note.IPNRN',
      subject: `Read: ${item.subject}`,
      from: recipient(mailbox.address, mailbox.displayName),
      to: [item.from],
      inReplyTo: item.internetMessageId,
      bodyText: `Your message was read on ${new Date().toUTCString()}.`,
    },
    { saveTo: null },
  );
}

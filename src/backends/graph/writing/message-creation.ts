/**
 * Makes a message at Graph: by JSON or MIME, with attachments that fit into the same request and others that come after
 * it. Graph has no transactions: what was made before something fails is removed again.
 *
 * @see https://learn.microsoft.com/graph/api/user-post-messages
 * @see https://learn.microsoft.com/graph/outlook-send-mime-message
 */
import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { ResponseError } from '../../../ews/response-messages.ts';
import type { SpooledContent } from '../../../ews/spool.ts';
import { addAttachment } from './attachment-creation.ts';
import { GraphError, leavesOpen, mayBeUnderWay } from '../service/graph-error.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import { isSince } from './is-since.ts';
import { MessageChanges } from './message-changes.ts';
import type { MessageHandle } from '../messages/message-traces.ts';
import { inlineJson, outlineOf, split, type CreationContext } from './message-outline.ts';
import type { NewAttachment, NewMessage } from './new-message.ts';
import type { Scope } from '../operation.ts';
import { FLAGS, MESSAGE_FLAGS } from '../properties/mapi-values.ts';
import { recipient } from '../properties/values.ts';

/** A message as Graph answers its creation. */
export interface CreatedMessage extends MessageHandle {
  readonly isDraft: boolean;
  readonly hasAttachments: boolean;
  readonly internetMessageId: string | null;
}

/**
 * Creates a message in a folder.
 *
 * @param folder Graph's id or name
 * @throws ResponseError, GraphError or GatewayError; the message is then not there
 */
export async function createMessage(
  context: CreationContext,
  scope: Scope,
  folder: string,
  message: NewMessage,
): Promise<CreatedMessage> {
  const { capabilities } = context;
  if (message.mime !== undefined && !message.isReceived && message.mime.size <= capabilities.mimeBytes) {
    const created = await postMime(context, scope, folder, message.mime);
    if (created !== undefined) return withRest(context, scope, created, message.changes, message.attachments);
  }
  const outline = await outlineOf(context, message);
  const { inline, later } = split(outline);
  const changes = withDefaults(scope, outline.changes);
  const body = { ...changes.toJSON(), ...(await inlineJson(context, inline)) };
  const created = message.isReceived
    ? await postReceived(context, scope, folder, body, changes)
    : await postJson(scope, folder, body, changes);
  return withRest(context, scope, created, new MessageChanges(), later);
}

/** What Exchange sets where the request does not: the sender, that it is read, and its Message-ID. */
function withDefaults({ mailbox }: Scope, changes: MessageChanges): MessageChanges {
  return new MessageChanges()
    .add({
      properties: {
        from: recipient({ name: undefined, address: mailbox.address }),
        isRead: true,
        internetMessageId: newMessageId(mailbox.address),
      },
    })
    .merge(changes);
}

/** A Message-ID by which a message is found again whose creation gave no answer. */
export function newMessageId(address: string): string {
  return `<${randomUUID()}@${address.split('@')[1] ?? 'localhost'}>`;
}

function postJson(scope: Scope, folder: string, body: object, changes: MessageChanges): Promise<CreatedMessage> {
  return onlyOnce(scope, folder, String(changes.member('internetMessageId')), () =>
    scope.calls.post<CreatedMessage>(`/mailFolders/${folder}/messages`, body),
  );
}

/**
 * Posts a message that is to be no draft. By one report any flags without the unsent bit do that, by another only the
 * submitted bit: it is set where a draft came of the first try.
 *
 * @see https://github.com/ecederstrand/exchangelib/issues/716
 */
async function postReceived(
  context: CreationContext,
  scope: Scope,
  folder: string,
  body: Record<string, unknown>,
  changes: MessageChanges,
): Promise<CreatedMessage> {
  const created = await postJson(scope, folder, body, changes);
  if (!created.isDraft) return created;
  await remove(context, scope, created.id);
  const flags = Number(changes.single(MESSAGE_FLAGS)) | FLAGS.submitted;
  changes.add({ extended: { [MESSAGE_FLAGS]: String(flags) } });
  const { singleValueExtendedProperties } = changes.toJSON();
  const again = await postJson(scope, folder, { ...body, singleValueExtendedProperties }, changes);
  if (!again.isDraft) return again;
  await remove(context, scope, again.id);
  throw new ResponseError('ErrorInvalidPropertySet', 'Microsoft Graph has made a draft although none was asked for.');
}

/**
 * Posts MIME as it is.
 *
 * @returns undefined where Graph answered with success and nothing came of it, as has been seen above 2.2 MB
 *   (microsoftgraph/microsoft-graph-docs issue 13979)
 */
async function postMime(
  context: CreationContext,
  scope: Scope,
  folder: string,
  mime: SpooledContent,
): Promise<CreatedMessage | undefined> {
  if (mime.size === 0) throw new ResponseError('ErrorMimeContentInvalid', 'The MIME content is empty.');
  const bytes = await buffer(mime.createReadStream());
  const { messageId, base64 } = encoded(bytes, scope.mailbox.address);
  const { calls } = scope;
  const post = (path: string): Promise<CreatedMessage> => calls.postMime<CreatedMessage>(path, base64);
  const posted = (folderOf: string, path: string): Promise<CreatedMessage> =>
    onlyOnce(scope, folderOf, messageId, () => post(path));
  let created: CreatedMessage;
  try {
    created = await posted(folder, `/mailFolders/${folder}/messages`);
  } catch (error) {
    // Some services take MIME without a folder only (microsoftgraph/microsoft-graph-docs issue 16368).
    if (!(error instanceof GraphError) || error.code !== 'UnableToDeserializePostBody') throw error;
    const draft = await posted('drafts', '/messages');
    if (!hasId(draft)) return undefined;
    created = await removingOnFailure(context, scope, draft, () => moveNew(scope, draft, folder));
  }
  return hasId(created) ? created : undefined;
}

function hasId(created: Partial<CreatedMessage>): boolean {
  return created.id !== undefined;
}

/** Base64 of MIME with a Message-ID, which it gets where it has none. */
function encoded(mime: Buffer, address: string): { readonly messageId: string; readonly base64: Buffer } {
  const end = /\r?\n\r?\n/.exec(mime.toString('latin1', 0, LONGEST_HEAD))?.index ?? LONGEST_HEAD;
  const head = mime.toString('latin1', 0, end).replace(/\r?\n[ \t]+/g, ' ');
  const known = /^message-id:[ \t]*(<[^>\r\n]+>)/im.exec(head)?.[1];
  const messageId = known ?? newMessageId(address);
  const whole = known === undefined ? Buffer.concat([Buffer.from(`Message-ID: ${messageId}\r\n`), mime]) : mime;
  return { messageId, base64: Buffer.from(whole.toString('base64'), 'latin1') };
}

const LONGEST_HEAD = 256 * 1024;

/**
 * Creates what has not been created yet. One that gave no answer may have been carried out: the message is then in the
 * folder under its Message-ID, and is not made a second time. After a time-out it is not made again either: Graph may
 * still be at it.
 */
export async function onlyOnce(
  scope: Scope,
  folder: string,
  messageId: string,
  create: () => Promise<CreatedMessage>,
): Promise<CreatedMessage> {
  const began = Date.now();
  try {
    return await create();
  } catch (error) {
    if (!leavesOpen(error)) throw error;
    const found = await findByMessageId(scope, folder, messageId, began);
    if (found !== undefined) return found;
    if (mayBeUnderWay(error)) throw error;
    return create();
  }
}

/** Moves a message that has just been made, and that nobody knows yet. @param folder Graph's id or name */
export function moveNew(
  scope: Scope,
  { id, internetMessageId }: CreatedMessage,
  folder: string,
): Promise<CreatedMessage> {
  const move = (): Promise<CreatedMessage> =>
    scope.calls.post<CreatedMessage>(`/messages/${id}/move`, { destinationId: folder });
  return internetMessageId === null ? move() : onlyOnce(scope, folder, internetMessageId, move);
}

/** The message in a folder with a Message-ID; clients may have made others with it before. */
export async function findByMessageId(
  { calls }: Scope,
  folder: string,
  messageId: string,
  since: number,
): Promise<CreatedMessage | undefined> {
  const { value } = await calls.get<GraphList<CreatedMessage & { readonly createdDateTime: string }>>(
    `/mailFolders/${folder}/messages`,
    {
      $filter: `internetMessageId eq '${messageId.replaceAll("'", "''")}'`,
      $select: `${HANDLE},createdDateTime`,
      $top: 50,
    },
  );
  const recent = value.filter(({ createdDateTime }) => isSince(createdDateTime, since));
  return recent.length === 1 ? recent[0] : undefined;
}

const HANDLE = 'id,changeKey,isDraft,hasAttachments,internetMessageId';

/** Sets what MIME could not hold and attaches what did not fit. */
async function withRest(
  context: CreationContext,
  scope: Scope,
  created: CreatedMessage,
  changes: MessageChanges,
  attachments: readonly NewAttachment[],
): Promise<CreatedMessage> {
  if (changes.isEmpty && attachments.length === 0) return created;
  return removingOnFailure(context, scope, created, async () => {
    const changed = changes.isEmpty
      ? created
      : await scope.calls.patch<CreatedMessage>(`/messages/${created.id}`, changes);
    for (const attachment of attachments) await addAttachment(context, scope, created.id, attachment);
    if (attachments.length === 0) return changed;
    return scope.calls.get<CreatedMessage>(`/messages/${created.id}`, { $select: HANDLE });
  });
}

/** Does something with a new message; where that fails the message is removed, as if it had never been. */
export async function removingOnFailure<T>(
  context: CreationContext,
  scope: Scope,
  { id }: MessageHandle,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    await remove(context, scope, id).catch(() => undefined);
    throw error;
  }
}

/**
 * Removes a message that nobody has seen yet.
 *
 * @returns false where it was not there any more; true also where that cannot be told, since the first try gave no
 *   answer
 * @throws GraphError or GatewayError where it could not be removed
 */
export async function remove({ capabilities }: CreationContext, { calls }: Scope, id: string): Promise<boolean> {
  for (let isSecond = false; ; isSecond = true) {
    try {
      if (capabilities.permanentDelete) await calls.post(`/messages/${id}/permanentDelete`);
      else await calls.delete(`/messages/${id}`);
      return true;
    } catch (error) {
      if (error instanceof GraphError && error.status === 404) return isSecond;
      if (isSecond || !leavesOpen(error)) throw error;
    }
  }
}

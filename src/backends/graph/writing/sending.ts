/**
 * Sends messages. Nothing is sent twice: a call that gave no answer is not made again, it is looked up what became of
 * it. A draft that was made for sending only is removed where it was not sent.
 *
 * Where Graph cannot do what EWS does: it keeps the copy in Sent Items only, and moves it there a little later.
 *
 * @see https://learn.microsoft.com/graph/api/user-sendmail
 * @see https://learn.microsoft.com/graph/api/message-send
 */
import { pause } from '../../../network/abort.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { toFault, toResponseError } from '../errors.ts';
import { GraphError, leavesOpen } from '../service/graph-error.ts';
import { MessageChanges } from './message-changes.ts';
import { createMessage, findByMessageId, newMessageId, remove, type CreatedMessage } from './message-creation.ts';
import { inlineJson, split } from './message-outline.ts';
import type { NewMessage } from './new-message.ts';
import type { OperationContext, Scope } from '../operation.ts';
import { DELETE_AFTER_SUBMIT, MESSAGE_FLAGS } from '../properties/mapi-values.ts';
import type { FolderTarget } from '../targets.ts';

/** Where the sender's copy is kept: null keeps none. */
export type SaveTo = FolderTarget | 'sentitems' | null;

type SendingContext = Pick<OperationContext, 'capabilities' | 'mimes' | 'spools' | 'signal'>;
type Draft = Pick<CreatedMessage, 'id' | 'internetMessageId'>;

/** Sends a message that is not at Graph yet. @throws ResponseError, GatewayError */
export function sendNew(context: SendingContext, scope: Scope, message: NewMessage, saveTo: SaveTo): Promise<void> {
  return asSending(async () => {
    const changes = new MessageChanges().merge(message.changes).without(MESSAGE_FLAGS);
    const outgoing = { ...message, changes, isReceived: false };
    if (isSimple(outgoing, saveTo)) return sendAtOnce(context, scope, outgoing, saveTo !== null);
    const draft = await createMessage(context, scope, 'drafts', outgoing);
    return submit(context, scope, draft, saveTo, 'removes the draft');
  });
}

/** Sends a draft that a client has made; it stays where it is unless it is sent. @throws ResponseError, GatewayError */
export function sendDraft(context: SendingContext, scope: Scope, draft: Draft, saveTo: SaveTo): Promise<void> {
  return asSending(() => submit(context, scope, draft, saveTo, 'keeps the draft'));
}

/** Sends a draft that was made for that only. @throws ResponseError, GatewayError */
export function sendOwnDraft(context: SendingContext, scope: Scope, draft: Draft, saveTo: SaveTo): Promise<void> {
  return asSending(() => submit(context, scope, draft, saveTo, 'removes the draft'));
}

/** What Graph refuses here is a matter of another permission than that for mail at rest. */
async function asSending(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw error instanceof GraphError ? toResponseError(error, 'sending') : error;
  }
}

/** Whether one call does: sendMail keeps neither categories nor the like with the copy, and takes 4 MB. */
function isSimple(message: NewMessage, saveTo: SaveTo): boolean {
  if (message.mime !== undefined || (saveTo !== null && saveTo !== 'sentitems')) return false;
  if (split(message).later.length > 0) return false;
  return saveTo === null || !message.changes.hasState;
}

async function sendAtOnce(
  context: SendingContext,
  scope: Scope,
  { changes, attachments }: NewMessage,
  saves: boolean,
): Promise<void> {
  const { mailbox, calls } = scope;
  const named = new MessageChanges()
    .add({ properties: { internetMessageId: newMessageId(mailbox.address) } })
    .merge(changes);
  const message = { ...named.toJSON(), ...(await inlineJson(context, attachments)) };
  const began = Date.now();
  try {
    await calls.post('/sendMail', { message, saveToSentItems: saves });
  } catch (error) {
    if (!leavesOpen(error)) throw error;
    if (!saves) throw unknown(error);
    const copy = await sentCopy(context, scope, String(named.member('internetMessageId')), began);
    if (copy === undefined) throw unknown(error);
  }
}

/** Nothing that invites a client to send the message once more, as a passing problem of the service would. */
function unknown(error: unknown): unknown {
  if (!(error instanceof GraphError) || toFault(error) !== undefined) return error;
  const reason = error.message;
  return new ResponseError('ErrorTimeoutExpired', `${reason} Whether the message was sent is not known.`.trimStart());
}

async function submit(
  context: SendingContext,
  scope: Scope,
  { id, internetMessageId }: Draft,
  saveTo: SaveTo,
  failure: 'keeps the draft' | 'removes the draft',
): Promise<void> {
  const { calls } = scope;
  const began = Date.now();
  try {
    if (saveTo === null)
      await calls.patch(`/messages/${id}`, new MessageChanges().add({ extended: { [DELETE_AFTER_SUBMIT]: 'true' } }));
    await calls.post(`/messages/${id}/send`);
  } catch (error) {
    // The id of a draft is dead once it is sent.
    if (failure === 'removes the draft') {
      const wasThere = await isRemoved(context, scope, id);
      if (wasThere || !leavesOpen(error)) throw error;
    } else if (!leavesOpen(error) || (await isThere(scope, id))) throw error;
  }
  if (saveTo === 'sentitems' || internetMessageId === null) return;
  if (saveTo === null) await forgetCopy(context, scope, internetMessageId, began);
  else await moveCopy(context, scope, internetMessageId, began, saveTo);
}

async function isThere({ calls }: Scope, id: string): Promise<boolean> {
  try {
    await calls.get(`/messages/${id}`, { $select: 'id' });
    return true;
  } catch (error) {
    if (error instanceof GraphError && error.status === 404) return false;
    throw error;
  }
}

/** Whether the draft was there to be removed. What cannot be removed counts as there: the error is told. */
async function isRemoved(context: SendingContext, scope: Scope, id: string): Promise<boolean> {
  try {
    return await remove(context, scope, id);
  } catch {
    return true;
  }
}

/** Where the service did not heed the property that says so, the copy goes once it is there. */
async function forgetCopy(
  context: SendingContext,
  scope: Scope,
  internetMessageId: string,
  began: number,
): Promise<void> {
  await best(async () => {
    const copy = await findByMessageId(scope, 'sentitems', internetMessageId, began);
    if (copy !== undefined) await remove(context, scope, copy.id);
  });
}

async function moveCopy(
  context: SendingContext,
  scope: Scope,
  internetMessageId: string,
  began: number,
  folder: FolderTarget,
): Promise<void> {
  if (folder.scope !== scope || folder.id === scope.mailbox.folders.get('sentitems')) return;
  await best(async () => {
    const copy = await sentCopy(context, scope, internetMessageId, began);
    if (copy !== undefined) await scope.calls.post(`/messages/${copy.id}/move`, { destinationId: folder.segment });
  });
}

/** The message is sent, whatever becomes of its copy: nobody may think that it was not. */
async function best(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch {
    // The copy stays in Sent Items.
  }
}

/** How long the copy in Sent Items is waited for, in milliseconds: it comes after the answer. */
const PAUSES = [0, 500, 1_000, 2_000];

async function sentCopy(
  { signal }: SendingContext,
  scope: Scope,
  internetMessageId: string,
  began: number,
): Promise<CreatedMessage | undefined> {
  for (const milliseconds of PAUSES) {
    if (milliseconds > 0) await pause(milliseconds, signal);
    if (signal.aborted) return undefined;
    const copy = await findByMessageId(scope, 'sentitems', internetMessageId, began);
    if (copy !== undefined) return copy;
  }
  return undefined;
}

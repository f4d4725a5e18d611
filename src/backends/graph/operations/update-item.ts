/**
 * UpdateItem: one PATCH for all changes of an item, so that they happen together or not at all.
 *
 * Setting IsRead sends the read receipt that a sender asked for, unless the request for it can be taken back in this
 * tenant (docs/graph.md).
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/updateitem-operation
 * @see https://learn.microsoft.com/graph/api/message-update
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { extendedField, type ExtendedField } from '../../../ews/extended-field.ts';
import { fieldIn } from '../../../ews/field.ts';
import { ITEM_PROPERTIES } from '../../../ews/properties/elements.ts';
import { readValue } from '../../../ews/properties/read-value.ts';
import { assertOfMessage } from '../../../ews/properties/wanted.ts';
import type { EwsProperty } from '../../../ews/properties/types.ts';
import type { Body, Mailbox, PropertyValue } from '../../../ews/properties/values.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { NO_XML, xml, type XmlFragment } from '../../../ews/xml.ts';
import { MessageChanges } from '../writing/message-changes.ts';
import type { CreatedMessage } from '../writing/message-creation.ts';
import { viewOf } from '../messages/message-element.ts';
import { messageQuery } from '../messages/message-query.ts';
import type { MessageHandle } from '../messages/message-traces.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';
import { withQuery } from '../service/paths.ts';
import type { GraphMessage } from '../properties/graph-property.ts';
import { messageProperty } from '../properties/message.ts';
import { sendDraft, type SaveTo } from '../writing/sending.ts';
import { isDraftAt, itemTarget, savedFolder, type ItemTarget } from '../targets.ts';
import { isTrue } from '../writing/new-message.ts';
import { withdrawReceipt } from '../writing/receipts.ts';
import { itemIdElement } from './move-item.ts';

export const updateItem: Operation = (context) => {
  const { request } = context;
  const resolution = request.attributes.get('ConflictResolution') ?? 'AutoResolve';
  const changes = children(child(request, 'ItemChanges'));
  const handle = async (change: EwsElement): Promise<XmlFragment> => {
    const target = await itemTarget(context, child(change, 'ItemId'));
    if (target.changeKey === undefined && resolution !== 'AlwaysOverwrite')
      throw new ResponseError(
        'ErrorChangeKeyRequiredForWriteOperations',
        'The change key is required for this operation.',
      );
    if (resolution === 'NeverOverwrite') await assertUnchanged(target);
    const saveTo = await sentCopyOf(context, target);
    const patch = await changesFor(context, target, children(child(change, 'Updates')));
    await assertExtended(context, target, patch);
    if (suppressesReceipts(context) && patch.member('isRead') === true) await withdrawReceipt(context, target);
    // Rules and agents touch items too: a conflict that nobody asked about is no reason to fail.
    const updated = await target.scope.calls.patch<CreatedMessage>(`/messages/${target.segment}`, patch.toJSON(), {
      overwrites: resolution !== 'NeverOverwrite',
    });
    if (saveTo === undefined) return answer(itemIdElement(updated));
    await sendDraft(context, target.scope, updated, saveTo);
    return answer(NO_XML);
  };
  return messages('UpdateItem', changes, 'item', handle, { writes: true });
};

function answer(item: XmlFragment): XmlFragment {
  const conflicts = xml`<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>`;
  return xml`<m:Items>${item}</m:Items>${conflicts}`;
}

/** Where the copy of a draft is kept that is sent once it is changed; undefined where nothing is to be sent. */
async function sentCopyOf(context: OperationContext, { scope, segment }: ItemTarget): Promise<SaveTo | undefined> {
  const disposition = context.request.attributes.get('MessageDisposition');
  if (disposition !== 'SendOnly' && disposition !== 'SendAndSaveCopy') return undefined;
  const { isDraft } = await scope.calls.get<CreatedMessage>(`/messages/${segment}`, { $select: 'id,isDraft' });
  if (!isDraft) throw new ResponseError('ErrorInvalidOperation', 'Only a draft can be sent.');
  return disposition === 'SendOnly' ? null : ((await savedFolder(context)) ?? 'sentitems');
}

/** Whether Graph honours If-Match here is not documented: the change key is compared before. */
async function assertUnchanged({ scope, segment, changeKey }: ItemTarget): Promise<void> {
  const current = await scope.calls.get<MessageHandle>(`/messages/${segment}`, { $select: 'id,changeKey' });
  if (current.changeKey !== changeKey)
    throw new ResponseError(
      'ErrorIrresolvableConflict',
      'The send or update operation could not be performed because the change key passed in the request does not ' +
        'match the current change key for the item.',
    );
}

async function changesFor(
  context: OperationContext,
  target: ItemTarget,
  updates: readonly EwsElement[],
): Promise<MessageChanges> {
  const changes = new MessageChanges();
  for (const update of updates) {
    const field = fieldIn(update);
    const item = children(update).at(-1);
    const deletes = update.localName === 'DeleteItemField';
    if (update.localName === 'AppendToItemField' && !(field.kind === 'named' && APPENDABLE.has(field.uri)))
      throw notChangeable(update.localName, field.kind === 'extended' ? 'An extended property' : field.uri);
    if (field.kind === 'indexed') throw new ResponseError('ErrorInvalidPropertySet', `${field.uri} cannot be set.`);
    if (field.kind === 'named' && field.uri === 'item:MimeContent' && !deletes) await assertSameMime(target, item);
    else if (field.kind === 'extended') changes.addExtended(field, deletes ? undefined : extendedIn(field, item));
    else {
      assertOfMessage(field.uri);
      const property = ITEM_PROPERTIES.find(({ uri }) => uri === field.uri);
      const served = messageProperty(field.uri);
      if (property === undefined || served?.write === undefined || property.settable === 'never')
        throw notChangeable(update.localName, field.uri);
      if (deletes && UNDELETABLE.has(field.uri)) throw notChangeable(update.localName, field.uri);
      let value = deletes ? undefined : valueIn(property, item);
      if (update.localName === 'AppendToItemField' && value !== undefined)
        value = appended(await currentValue(context, target, field.uri), value);
      changes.add(served.write(value));
    }
  }
  return context.capabilities.removableProperties ? changes : changes.emptied();
}

/** @throws ResponseError where extended properties of received mail are known to be refused in this tenant */
async function assertExtended(
  { capabilities }: OperationContext,
  target: ItemTarget,
  changes: MessageChanges,
): Promise<void> {
  if (capabilities.receivedExtendedProperties || !changes.setsExtended || (await isDraftAt(target))) return;
  throw new ResponseError(
    'ErrorInvalidPropertySet',
    'Microsoft Graph changes extended properties of received mail in this tenant only with the permission ' +
      'Mail-Advanced.ReadWrite.',
  );
}

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/updateitem */
function suppressesReceipts({ request }: OperationContext): boolean {
  return isTrue(request.attributes.get('SuppressReadReceipts'));
}

/**
 * No call of Graph replaces the MIME of a message. Programs that send a draft back as they read it change nothing by it
 * (exchangelib does so whenever it saves one).
 *
 * @throws ResponseError where it is another
 */
async function assertSameMime({ scope, segment }: ItemTarget, item: EwsElement | undefined): Promise<void> {
  const given = child(item, 'MimeContent')?.content;
  if (given !== undefined) {
    const current = await digestOf(await scope.calls.stream(`/messages/${segment}/$value`));
    if (current === (await digestOf(given.createReadStream()))) return;
  }
  throw notChangeable('SetItemField', 'item:MimeContent');
}

async function digestOf(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('base64');
}

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/appendtoitemfield */
const APPENDABLE: ReadonlySet<string> = new Set([
  'item:Body',
  'message:ToRecipients',
  'message:CcRecipients',
  'message:BccRecipients',
  'message:ReplyTo',
]);

/** Properties that each item has a value of. */
const UNDELETABLE: ReadonlySet<string> = new Set(['item:ItemClass', 'message:IsRead']);

/** What EWS calls the refusal of each kind of change. */
const REFUSALS: Readonly<Record<string, string>> = {
  AppendToItemField: 'ErrorInvalidPropertyAppend',
  DeleteItemField: 'ErrorInvalidPropertyDelete',
};

function notChangeable(update: string, uri: string): ResponseError {
  const code = REFUSALS[update] ?? 'ErrorInvalidPropertySet';
  const verb = { ErrorInvalidPropertyAppend: 'appended to', ErrorInvalidPropertyDelete: 'deleted' }[code] ?? 'set';
  return new ResponseError(code, `${uri} cannot be ${verb} through Microsoft Graph.`);
}

/** The `t:ExtendedProperty` that an item holds alone. */
function extendedIn(field: ExtendedField, item: EwsElement | undefined): EwsElement {
  const [value, ...more] = children(item);
  if (value === undefined || more.length > 0)
    throw new ResponseError('ErrorIncorrectUpdatePropertyCount', 'Each change must set exactly one property.');
  const path = child(value, 'ExtendedFieldURI');
  if (path !== undefined && extendedField(path).key === field.key) return value;
  throw new ResponseError('ErrorUpdatePropertyMismatch', 'The property set is not the one that the path names.');
}

/** The value stands in an item that holds this one property. */
function valueIn(property: EwsProperty, item: EwsElement | undefined): PropertyValue {
  const element = child(item, property.element);
  if (element === undefined) {
    const isOther = children(item).length > 0;
    throw isOther
      ? new ResponseError('ErrorUpdatePropertyMismatch', `The update of ${property.uri} holds another property.`)
      : new ResponseError('ErrorIncorrectUpdatePropertyCount', `The update of ${property.uri} has no value.`);
  }
  return readValue(property, element);
}

async function currentValue(context: OperationContext, { scope, segment }: ItemTarget, uri: string): Promise<unknown> {
  const { $select, $expand } = messageQuery({ uris: [uri], extended: [] }, context.capabilities);
  const message = await scope.calls.get<GraphMessage>(withQuery(`/messages/${segment}`, { $select, $expand }));
  return messageProperty(uri)?.read(viewOf(message));
}

function appended(current: unknown, added: PropertyValue): PropertyValue {
  if (current === undefined) return added;
  if (Array.isArray(current) && Array.isArray(added)) return [...(current as Mailbox[]), ...(added as Mailbox[])];
  const [before, after] = [current as Body, added as Body];
  return { type: before.type, text: before.text + after.text };
}

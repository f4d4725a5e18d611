/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/updateitem-operation */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { fieldIn, type Field } from '../../../ews/field.ts';
import { assertOfMessage } from '../../../ews/properties/wanted.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import { parseMime } from '../../mailbox/mime-reader.ts';
import type { Item, ItemChanges } from '../../mailbox/types.ts';
import { extendedPropertyOf, pathOf } from '../extended.ts';
import { changeKeyOf, folderOf, itemOf, listOf } from '../ids.ts';
import { readOnly, SETTERS_BY_URI, type Setter } from '../item-input.ts';
import { isReceiptPending, KEPT_AS } from '../item-values.ts';
import { bytesOf } from '../memory-spool.ts';
import { answerEach, type Operation, type OperationContext } from '../operation.ts';
import { idsOnly, itemsOf } from '../views.ts';

export const updateItem: Operation = {
  name: 'UpdateItem',
  answer: (context) =>
    answerEach('UpdateItem', listOf(context, 'ItemChanges'), async (change) => {
      const { mailbox, request, version } = context;
      const item = itemOf(context, children(change)[0]);
      checkConflict(request, changeKeyOf(children(change)[0]), item);
      const disposition = request.attributes.get('MessageDisposition');
      if (disposition === undefined)
        throw new ResponseError('ErrorMessageDispositionRequired', 'The MessageDisposition attribute is required.');
      const changed: Item = { ...item };
      const changes: ItemChanges = {};
      for (const update of children(child(change, 'Updates'))) {
        const made = await changeOf(update, changed);
        Object.assign(changed, made);
        Object.assign(changes, made);
      }
      const suppressed = /^(?:true|1)$/.test(request.attributes.get('SuppressReadReceipts') ?? '');
      if (suppressed && isReceiptPending(item)) {
        const extended = changes.extended ?? item.extended;
        Object.assign(changes, { extended: extended.with({ path: KEPT_AS.receiptPending, value: 'false' }) });
      }
      const updated = mailbox.update(item.id, changes);
      const conflicts = xml`<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>`;
      if (disposition === 'SaveOnly') return xml`${await itemsOf(mailbox, updated, idsOnly(version))}${conflicts}`;
      await send(context, updated, disposition);
      return xml`<m:Items/>${conflicts}`;
    }),
};

/**
 * The key may be missing with AlwaysOverwrite only, and with AutoResolve a stale one loses nothing, since
 * fields are merged. A page says that SendItem and UpdateItem always need a current one; clients and
 * exchangelib's tests show the rules here.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/updateitem
 */
function checkConflict(request: EwsElement, changeKey: string | undefined, item: Item): void {
  const resolution = request.attributes.get('ConflictResolution');
  if (resolution === 'AlwaysOverwrite') return;
  if (changeKey === undefined)
    throw new ResponseError(
      'ErrorChangeKeyRequiredForWriteOperations',
      'A change key is required for this operation unless ConflictResolution is AlwaysOverwrite.',
    );
  if (resolution === 'NeverOverwrite' && changeKey !== item.changeKey)
    throw new ResponseError(
      'ErrorIrresolvableConflict',
      'The send or update operation could not be performed because the change key passed in the request does not ' +
        'match the current change key for the item.',
    );
}

async function send(
  { mailbox, organization, request, ...rest }: OperationContext,
  item: Item,
  disposition: string,
): Promise<void> {
  const saved = children(child(request, 'SavedItemFolderId'))[0];
  const context = { mailbox, organization, request, ...rest };
  const folder = saved === undefined ? 'sentitems' : folderOf(context, saved, 'ErrorSavedItemFolderNotFound').id;
  await organization.sendDraft(mailbox, item.id, { saveTo: disposition === 'SendOnly' ? null : folder });
}

async function changeOf(update: EwsElement, item: Item): Promise<ItemChanges> {
  const field = fieldIn(update);
  if (field.kind === 'named') assertOfMessage(field.uri);
  if (update.localName === 'DeleteItemField') return deletion(field, item);
  const holder = children(update)[1];
  const [value, ...more] = children(holder);
  if (value === undefined || more.length > 0)
    throw new ResponseError('ErrorIncorrectUpdatePropertyCount', 'Each change must set exactly one property.');
  const appends = update.localName === 'AppendToItemField';
  if (field.kind === 'extended') {
    if (appends) throw noAppend();
    const set = extendedPropertyOf(value);
    if (set.field.key !== field.key) throw mismatch();
    return { extended: item.extended.with(set.property) };
  }
  if (field.uri === 'item:MimeContent') return mimeChanges(value, item);
  const [name, setter] = setterOf(field, item);
  if (value.localName !== name) throw mismatch();
  if (!appends) return setter.set(value, item);
  if (setter.append === undefined) throw noAppend();
  return setter.append(value, item);
}

function setterOf(field: Field, item: Item): readonly [string, Setter] {
  const uri = field.kind === 'extended' ? '' : field.uri;
  const found = SETTERS_BY_URI.get(uri);
  if (field.kind !== 'named' || found === undefined) throw readOnly(uri);
  if (found[1].onlyDrafts === true && !item.isDraft)
    throw new ResponseError('ErrorInvalidPropertyUpdateSentMessage', 'Update operation is invalid for a sent message.');
  return found;
}

function deletion(field: Field, item: Item): ItemChanges {
  if (field.kind === 'extended') return { extended: item.extended.without(pathOf(field)) };
  const setter = field.kind === 'named' ? SETTERS_BY_URI.get(field.uri) : undefined;
  if (setter === undefined || setter[1].isRequired === true)
    throw new ResponseError('ErrorInvalidPropertyDelete', `Delete action is invalid for property ${field.uri}.`);
  return setterOf(field, item)[1].set(undefined, item);
}

/** All that MIME says, but not its attachments: the model's update has no place for them. */
async function mimeChanges(value: EwsElement, item: Item): Promise<ItemChanges> {
  if (!item.isDraft)
    throw new ResponseError('ErrorInvalidPropertyUpdateSentMessage', 'Update operation is invalid for a sent message.');
  const { attachments, mime, ...content } = await parseMime(await bytesOf(value));
  return attachments.length >= 0 && mime !== undefined ? content : {};
}

function mismatch(): ResponseError {
  return new ResponseError('ErrorUpdatePropertyMismatch', 'The property set is not the one that the path names.');
}

function noAppend(): ResponseError {
  return new ResponseError('ErrorInvalidPropertyAppend', 'The property does not support appending.');
}

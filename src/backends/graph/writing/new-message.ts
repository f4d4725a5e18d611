/**
 * Messages and attachments as requests bring them (CreateItem, CreateAttachment), in the form in which Graph takes
 * them. The properties are written by the same table as UpdateItem's.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createitem-operation
 * @see https://learn.microsoft.com/graph/api/user-post-messages
 */
import { Readable } from 'node:stream';
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { extendedField } from '../../../ews/extended-field.ts';
import { ITEM_PROPERTIES } from '../../../ews/properties/elements.ts';
import { readValue } from '../../../ews/properties/read-value.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import type { SpooledContent } from '../../../ews/spool.ts';
import { MessageChanges } from './message-changes.ts';
import { ITEM_CLASS, messageProperty } from '../properties/message.ts';
import { FLAGS, MESSAGE_FLAGS } from '../properties/mapi-values.ts';

export interface NewMessage {
  /** What the request sets, without attachments. */
  readonly changes: MessageChanges;
  readonly itemClass: string;
  readonly mime: SpooledContent | undefined;
  readonly attachments: readonly NewAttachment[];
  /** Whether PidTagMessageFlags ask for a message that is no draft, as if it had been received. */
  readonly isReceived: boolean;
}

/** A file, or a message that is attached to another one. */
export type NewAttachment =
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly contentType: string | undefined;
      readonly contentId: string | undefined;
      readonly isInline: boolean;
      readonly content: SpooledContent;
    }
  | { readonly kind: 'item'; readonly name: string; readonly item: NewMessage };

/** Items that Graph keeps as messages. */
const MESSAGE_ELEMENTS: ReadonlySet<string> = new Set(['Item', 'Message', 'PostItem']);
/** What stands in an item beside its properties. */
const NO_PROPERTIES: ReadonlySet<string> = new Set(['Attachments', 'ExtendedProperty', 'MimeContent', 'IsAssociated']);

const NO_CONTENT: SpooledContent = { size: 0, createReadStream: () => Readable.from([]), dispose: () => undefined };

/**
 * Reads a t:Message, t:Item or t:PostItem.
 *
 * @throws ResponseError for another kind of item, and for properties that cannot be set
 */
export function newMessage(element: EwsElement): NewMessage {
  if (!MESSAGE_ELEMENTS.has(element.localName))
    throw new ResponseError(
      'ErrorInvalidItemForOperationCreateItem',
      `Through Microsoft Graph only messages can be created here, no ${element.localName}.`,
    );
  if (isTrue(textAt(element, 'IsAssociated')))
    throw new ResponseError(
      'ErrorInvalidItemForOperationCreateItem',
      'Associated items cannot be created through Microsoft Graph.',
    );
  const changes = new MessageChanges();
  if (element.localName === 'PostItem') changes.add({ extended: { [ITEM_CLASS]: 'IPM.Post' } });
  for (const property of children(element)) {
    if (property.localName === 'ExtendedProperty') addExtended(changes, property);
    else if (!NO_PROPERTIES.has(property.localName)) addProperty(changes, property);
  }
  const flags = changes.single(MESSAGE_FLAGS);
  const isReceived = flags !== undefined && (Number(flags) & FLAGS.unsent) === 0;
  if (flags !== undefined && changes.member('isRead') === undefined)
    changes.add({ properties: { isRead: (Number(flags) & FLAGS.read) !== 0 } });
  return {
    changes,
    itemClass: changes.single(ITEM_CLASS) ?? 'IPM.Note',
    mime: child(element, 'MimeContent')?.content,
    attachments: children(child(element, 'Attachments')).map(newAttachment),
    isReceived,
  };
}

/** Reads a t:FileAttachment or t:ItemAttachment. @throws ResponseError */
export function newAttachment(element: EwsElement): NewAttachment {
  const name = textAt(element, 'Name') ?? '';
  if (element.localName === 'FileAttachment') {
    return {
      kind: 'file',
      name,
      contentType: textAt(element, 'ContentType'),
      contentId: textAt(element, 'ContentId'),
      isInline: isTrue(textAt(element, 'IsInline')),
      // The schema lets it be missing.
      content: child(element, 'Content')?.content ?? NO_CONTENT,
    };
  }
  if (element.localName !== 'ItemAttachment')
    throw new ResponseError('ErrorInvalidOperation', `${element.localName} cannot be created.`);
  const item = children(element).find(({ localName }) => MESSAGE_ELEMENTS.has(localName));
  if (item === undefined)
    throw new ResponseError(
      'ErrorMissingItemForCreateItemAttachment',
      'The attachment holds no item, or none that can be attached through Microsoft Graph.',
    );
  return { kind: 'item', name, item: newMessage(item) };
}

/** Adds a property by its element. @throws ResponseError ErrorInvalidPropertySet */
export function addProperty(changes: MessageChanges, element: EwsElement): void {
  for (const property of ITEM_PROPERTIES) {
    if (property.element !== element.localName || property.settable === 'never') continue;
    const write = messageProperty(property.uri)?.write;
    if (write === undefined) continue;
    changes.add(write(readValue(property, element)));
    return;
  }
  throw new ResponseError(
    'ErrorInvalidPropertySet',
    `Set action is invalid for property ${element.localName} through Microsoft Graph.`,
  );
}

function addExtended(changes: MessageChanges, element: EwsElement): void {
  const uri = child(element, 'ExtendedFieldURI');
  if (uri === undefined)
    throw new ResponseError('ErrorInvalidExtendedProperty', 'The extended property names no property.');
  changes.addExtended(extendedField(uri), element);
}

/** xs:boolean; false where there is no text. */
export function isTrue(text: string | undefined): boolean {
  return text === 'true' || text === '1';
}

/** What every simulated operation works with, and how its response messages are framed. */
import type { Element } from '@xmldom/xmldom';
import { escapeXml } from '../../soap/escape.ts';
import { MailboxError, type MailboxErrorCode } from '../mailbox/errors.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Organization } from '../mailbox/organization.ts';
import type { Folder, Item } from '../mailbox/types.ts';
import type { Subscriptions } from './subscriptions.ts';
import { attribute, child, children } from './xml.ts';

export interface OperationContext {
  /** The operation's element. */
  readonly request: Element;
  /** The impersonated mailbox. */
  readonly mailbox: Mailbox;
  readonly subscriptions: Subscriptions;
  /** All mailboxes of the tenant, for delivery and look-ups. */
  readonly organization: Organization;
  /** The app that is acting: subscriptions belong to it, not to the mailbox. */
  readonly appId: string;
}

/** @returns the children of the operation's response element */
export type Operation = (context: OperationContext) => string | Promise<string>;

/** An error that concerns one part of a request: HTTP 200 with ResponseClass="Error". */
export class ResponseError extends Error {
  readonly responseCode: string;

  constructor(responseCode: string, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

/** Operations whose response messages hold a list even where there was an error, then empty (messages.xsd). */
const EMPTY_LISTS: Readonly<Record<string, string>> = {
  CopyItem: '<m:Items/>',
  CreateAttachment: '<m:Attachments/>',
  CreateFolder: '<m:Folders/>',
  CreateItem: '<m:Items/>',
  GetAttachment: '<m:Attachments/>',
  GetFolder: '<m:Folders/>',
  GetItem: '<m:Items/>',
  MoveItem: '<m:Items/>',
  UpdateItem: '<m:Items/>',
};

/** ResponseMessages with one message for each part; a part that throws ResponseError becomes an error message. */
export async function responseMessages<T>(
  name: string,
  parts: readonly T[],
  handle: (part: T) => string | Promise<string>,
): Promise<string> {
  const messages: string[] = [];
  for (const part of parts)
    messages.push(await responseMessage(`m:${name}ResponseMessage`, () => handle(part), EMPTY_LISTS[name]));
  return `<m:ResponseMessages>${messages.join('')}</m:ResponseMessages>`;
}

export async function responseMessage(
  element: string,
  content: () => string | Promise<string>,
  onError = '',
): Promise<string> {
  try {
    return `<${element} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>${await content()}</${element}>`;
  } catch (error) {
    const refusal = error instanceof MailboxError ? refusalOf(error) : error;
    if (!(refusal instanceof ResponseError)) throw refusal;
    return (
      `<${element} ResponseClass="Error"><m:MessageText>${escapeXml(refusal.message)}</m:MessageText>` +
      `<m:ResponseCode>${refusal.responseCode}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>${onError}</${element}>`
    );
  }
}

const NOT_FOUND = 'The specified object was not found in the store.';

/** What Exchange says to what a mailbox refuses. */
const REFUSALS: Readonly<Record<MailboxErrorCode, readonly [string, string]>> = {
  attachmentNotFound: ['ErrorItemNotFound', NOT_FOUND],
  changeKeyConflict: ['ErrorIrresolvableConflict', 'The change key does not match the current one of the item.'],
  folderExists: ['ErrorFolderExists', 'A folder with the specified name already exists.'],
  folderNotFound: ['ErrorFolderNotFound', 'The specified folder could not be found in the store.'],
  invalidFolderName: ['ErrorInvalidRequest', 'The name of a folder may not be empty.'],
  invalidMove: ['ErrorMoveCopyFailed', 'The move or copy operation failed.'],
  invalidRecipients: ['ErrorInvalidRecipients', "At least one recipient isn't valid."],
  itemNotFound: ['ErrorItemNotFound', NOT_FOUND],
  messageIsNoDraft: ['ErrorInvalidOperation', 'Only a draft can be sent.'],
  quotaExceeded: ['ErrorQuotaExceeded', 'The quota of the mailbox is exceeded.'],
  wellKnownFolder: ['ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be changed.'],
};

function refusalOf({ code }: MailboxError): ResponseError {
  return new ResponseError(...REFUSALS[code]);
}

/** The folder a FolderId or DistinguishedFolderId names. */
export function folderOf({ mailbox }: OperationContext, id: Element | undefined): Folder {
  if (id === undefined)
    throw new ResponseError('ErrorFolderNotFound', 'The specified folder could not be found in the store.');
  if (id.localName === 'FolderId') {
    const folder = mailbox.folders.get(id.getAttribute('Id') ?? '');
    if (folder !== undefined) return folder;
    throw new ResponseError('ErrorFolderNotFound', 'The specified folder could not be found in the store.');
  }
  const named = child(id, 'Mailbox', 'EmailAddress')?.textContent?.toLowerCase();
  if (named !== undefined && named !== mailbox.address.toLowerCase() && !mailbox.aliases.includes(named)) {
    throw new ResponseError('ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
  }
  const folder = mailbox.folders.wellKnown(id.getAttribute('Id') ?? '');
  if (folder === undefined)
    throw new ResponseError('ErrorFolderNotFound', 'The specified folder could not be found in the store.');
  return folder;
}

export function itemOf({ mailbox }: OperationContext, id: Element | undefined): Item {
  const item = mailbox.items.get(id?.getAttribute('Id') ?? '');
  if (item === undefined)
    throw new ResponseError('ErrorItemNotFound', 'The specified object was not found in the store.');
  return item;
}

/** A page out of a list, as IndexedPageItemView or IndexedPageFolderView asks for it. */
export function page<T>(
  view: Element | undefined,
  all: readonly T[],
): { readonly items: readonly T[]; readonly attributes: string } {
  const number = (name: string): number | undefined =>
    view?.hasAttribute(name) === true ? Number(view.getAttribute(name)) : undefined;
  const offset = number('Offset') ?? 0;
  const size = Math.min(number('MaxEntriesReturned') ?? 1000, 1000);
  const fromEnd = view?.getAttribute('BasePoint') === 'End';
  const start = fromEnd ? Math.max(all.length - offset - size, 0) : offset;
  const end = fromEnd ? all.length - offset : offset + size;
  const items = all.slice(start, end);
  const next = fromEnd ? offset + items.length : start + items.length;
  const last = fromEnd ? start === 0 : end >= all.length;
  return {
    items,
    attributes:
      attribute('IndexedPagingOffset', next) +
      attribute('TotalItemsInView', all.length) +
      attribute('IncludesLastItemInRange', last),
  };
}

/** The elements of a list such as ItemIds or FolderIds. */
export function listOf(context: OperationContext, name: string): Element[] {
  return children(child(context.request, name));
}

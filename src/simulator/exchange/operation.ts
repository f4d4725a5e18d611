/** What every simulated operation is made of, and how its response messages come about. */
import type { EwsElement } from '../../ews/element.ts';
import { responseMessageList } from '../../ews/envelope.ts';
import type { SchemaVersion } from '../../ews/properties/versions.ts';
import { ResponseError, responseMessages } from '../../ews/response-messages.ts';
import type { XmlFragment } from '../../ews/xml.ts';
import { MailboxError, type MailboxErrorCode } from '../mailbox/errors.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Organization } from '../mailbox/organization.ts';
import { schemaViolation } from './soap-fault.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface OperationContext {
  /** The operation's element, with its dates in UTC. */
  readonly request: EwsElement;
  /** The mailbox it acts as. */
  readonly mailbox: Mailbox;
  readonly version: SchemaVersion;
  readonly subscriptions: Subscriptions;
  /** All mailboxes of the tenant, for delivery and look-ups. */
  readonly organization: Organization;
  /** The app that is acting: subscriptions belong to it, not to the mailbox. */
  readonly appId: string;
}

/** One operation, as services.wsdl names it. */
export interface Operation {
  readonly name: string;
  /** Its element in the Body, where that is not its name. */
  readonly element?: string;
  /** The response element is itself a response message (GetInboxRules, GetMailTips …). */
  readonly isMessage?: boolean;
  /** @returns the children of the response element */
  readonly answer: (context: OperationContext) => XmlFragment | Promise<XmlFragment>;
}

/** ResponseMessages with one message for each part; a part that is refused becomes an error message. */
export async function answerEach<T>(
  name: string,
  parts: Iterable<T>,
  handle: (part: T) => XmlFragment | Promise<XmlFragment>,
): Promise<XmlFragment> {
  const messages = responseMessages(name, parts, async (part) => refusing(async () => handle(part)));
  const answers = await Array.fromAsync(messages);
  // In messages.xsd every list of a request has at least one member.
  if (answers.length === 0) throw schemaViolation(`${name} names nothing to be done`);
  return responseMessageList(answers);
}

/** Turns what a mailbox refuses into what Exchange says to it. */
export async function refusing<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof MailboxError ? refusalOf(error.code) : error;
  }
}

export const NOT_FOUND = 'The specified object was not found in the store.';

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode */
const REFUSALS: Readonly<Record<MailboxErrorCode, readonly [string, string]>> = {
  attachmentNotFound: ['ErrorItemNotFound', NOT_FOUND],
  changeKeyConflict: [
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the request does ' +
      'not match the current change key for the item.',
  ],
  folderExists: ['ErrorFolderExists', 'A folder with the specified name already exists.'],
  folderNotFound: ['ErrorFolderNotFound', 'The specified folder could not be found in the store.'],
  invalidFolderName: ['ErrorFolderSave', 'The folder save operation failed: its name is empty.'],
  invalidMove: ['ErrorMoveCopyFailed', 'The move or copy operation failed.'],
  invalidRecipients: ['ErrorInvalidRecipients', "At least one recipient isn't valid."],
  itemNotFound: ['ErrorItemNotFound', NOT_FOUND],
  // Inferred: no page says what a message is answered that was sent already.
  messageIsNoDraft: ['ErrorInvalidOperation', 'Only a draft can be sent.'],
  quotaExceeded: ['ErrorQuotaExceeded', 'The quota of the mailbox is exceeded.'],
  wellKnownFolder: ['ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be deleted.'],
};

function refusalOf(code: MailboxErrorCode): ResponseError {
  return new ResponseError(...REFUSALS[code]);
}

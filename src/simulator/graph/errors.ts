/**
 * Refusals as Microsoft Graph writes them: an HTTP status, a code and a text that clients compare literally.
 *
 * @see https://learn.microsoft.com/graph/errors
 */
import { randomUUID } from 'node:crypto';
import type { MailboxError } from '../mailbox/errors.ts';

export class GraphError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Errors of Exchange that pass through bring no innerError: throttling, MailboxInfoStale. */
  readonly isBare: boolean;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly isBare?: boolean } = {},
  ) {
    super(message);
    this.name = 'GraphError';
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.isBare = more.isBare ?? false;
  }
}

/** The JSON body of an error; also for scripting faults. */
export function errorBody(code: string, message: string, isBare = false, clientRequestId?: string): object {
  if (isBare) return { error: { code, message } };
  const id = randomUUID();
  const innerError = {
    'date': new Date().toISOString().slice(0, 19),
    'request-id': id,
    'client-request-id': clientRequestId ?? id,
  };
  return { error: { code, message, innerError } };
}

export const ITEM_NOT_FOUND = 'The specified object was not found in the store.';
const CHANGE_KEY =
  'The send or update operation could not be performed because the change key passed in the request does not match ' +
  'the current change key for the item.';
const NO_DRAFT = 'The request is invalid. The item is not a draft.';

/** What is refused by the mailbox, with Exchange's codes and the statuses that Graph gives them. */
export function fromMailboxError({ code }: MailboxError, name = ''): GraphError {
  switch (code) {
    case 'attachmentNotFound':
    case 'folderNotFound':
    case 'itemNotFound':
      return new GraphError(404, 'ErrorItemNotFound', ITEM_NOT_FOUND);
    case 'changeKeyConflict':
      return new GraphError(412, 'ErrorIrresolvableConflict', CHANGE_KEY);
    case 'folderExists':
      // [code comm-central GraphServer]
      return new GraphError(
        409,
        'ErrorFolderExists',
        `A folder with the specified name already exists., Could not create folder '${name}'.`,
      );
    case 'invalidFolderName':
      return new GraphError(400, 'ErrorInvalidParameter', 'The folder name is empty.');
    case 'invalidMove':
      return new GraphError(500, 'ErrorMoveCopyFailed', 'The move or copy operation failed.');
    case 'invalidRecipients':
      return new GraphError(400, 'ErrorInvalidRecipients', 'At least one recipient is not valid.');
    case 'messageIsNoDraft':
      return new GraphError(400, 'ErrorInvalidOperation', NO_DRAFT);
    case 'quotaExceeded':
      // [thread microsoft-graph-docs#2927]; also seen as 400 and 403.
      return new GraphError(507, 'ErrorQuotaExceeded', 'Mailbox has exceeded maximum mailbox size.');
    case 'wellKnownFolder':
      // [inferred] EWS's code in Graph's form.
      return new GraphError(400, 'ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be deleted.');
  }
}

export const badRequest = (message: string): GraphError => new GraphError(400, 'BadRequest', message);

/** A segment that the model does not have: also what a `/` in an id becomes [thread microsoft-graph-docs#10167]. */
export const unknownSegment = (code: string, segment: string): GraphError =>
  new GraphError(400, code, `Resource not found for the segment '${segment}'.`);

export const malformedId = (): GraphError => new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');

/** [threads] The text is cut off like that. */
export const undeserializable = (): GraphError =>
  new GraphError(400, 'UnableToDeserializePostBody', 'were unable to deserialize ');

export const itemNotFound = (): GraphError => new GraphError(404, 'ErrorItemNotFound', ITEM_NOT_FOUND);

export const accessDenied = (): GraphError =>
  new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');

export const inefficientFilter = (): GraphError =>
  new GraphError(400, 'InefficientFilter', 'The restriction or sort order is too complex for this operation.');

export const invalidFilterNodes = (): GraphError =>
  new GraphError(400, 'ErrorInvalidUrlQueryFilter', 'The query filter contains one or more invalid nodes.');

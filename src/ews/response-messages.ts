/**
 * Response messages: one for each part of a request, in its order, with the children in the order that
 * clients read them in.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsemessages
 */
import { isResponseCode } from './response-codes.ts';
import { NO_XML, trustedMarkup, xml, type XmlFragment } from './xml.ts';

/** An error of one part of a request: HTTP 200 with ResponseClass="Error". */
export class ResponseError extends Error {
  readonly responseCode: string;
  /** FieldURI of the property that is to blame, as the request has it: clients fail on names that they don't know. */
  readonly field: string | undefined;
  /** How long the client should wait before it asks for the part again, in milliseconds. */
  readonly backOffMilliseconds: number | undefined;

  constructor(
    responseCode: string,
    message: string,
    { field, backOffMilliseconds }: Partial<Pick<ResponseError, 'field' | 'backOffMilliseconds'>> = {},
  ) {
    super(message);
    this.name = 'ResponseError';
    this.responseCode = responseCode;
    this.field = field;
    this.backOffMilliseconds = backOffMilliseconds;
  }
}

/** What clients look for behind an error, by operation: they crash or lose the part without it. */
const AFTER_ERROR: ReadonlyMap<string, XmlFragment> = new Map([
  ...['ArchiveItem', 'CopyItem', 'CreateItem', 'GetItem', 'MoveItem', 'UpdateItem'].map(
    (name) => [name, xml`<m:Items/>`] as const,
  ),
  ...['CopyFolder', 'CreateFolder', 'GetFolder', 'MoveFolder', 'UpdateFolder'].map(
    (name) => [name, xml`<m:Folders/>`] as const,
  ),
  ...['CreateAttachment', 'GetAttachment'].map((name) => [name, xml`<m:Attachments/>`] as const),
  ['SyncFolderItems', xml`<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>`],
  ['SyncFolderHierarchy', xml`<m:SyncState/><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>`],
]);

/** @param content what follows the response code */
export function successMessage(operation: string, content: XmlFragment = NO_XML): XmlFragment {
  return message(operation, 'Success', xml`<m:ResponseCode>NoError</m:ResponseCode>${content}`);
}

/** @param content the normal content, which a warning has too */
export function warningMessage(operation: string, error: ResponseError, content: XmlFragment): XmlFragment {
  return message(operation, 'Warning', xml`${description(error)}${content}`);
}

/** @param content in place of what the operation's errors usually end with */
export function errorMessage(operation: string, error: ResponseError, content?: XmlFragment): XmlFragment {
  return message(operation, 'Error', xml`${description(error)}${content ?? AFTER_ERROR.get(operation)}`);
}

/**
 * Handles the parts one after another; one that throws a {@link ResponseError} becomes an error message,
 * any other error ends the answer.
 */
export async function* responseMessages<T>(
  operation: string,
  parts: Iterable<T>,
  handle: (part: T) => XmlFragment | Promise<XmlFragment>,
): AsyncGenerator<XmlFragment> {
  for (const part of parts) {
    let answer: XmlFragment;
    try {
      answer = successMessage(operation, await handle(part));
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error;
      answer = errorMessage(operation, error);
    }
    yield answer;
  }
}

function message(operation: string, responseClass: string, content: XmlFragment): XmlFragment {
  const name = trustedMarkup(`m:${operation}ResponseMessage`);
  return trustedMarkup(`<${name} ResponseClass="${responseClass}">${content}</${name}>`);
}

/** What a response message of class Error holds: a code that a client would not know moves into the text. */
export function description(error: ResponseError): XmlFragment {
  const { responseCode, message: text } = error;
  const isKnown = isResponseCode(responseCode);
  const words = text.trim() === '' ? responseCode : isKnown ? text : `${responseCode}: ${text}`;
  return xml`<m:MessageText>${words}</m:MessageText><m:ResponseCode>${
    isKnown ? responseCode : 'ErrorInternalServerError'
  }</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>${messageXml(error)}`;
}

/** What programs read of an error besides its code. */
function messageXml({ field, backOffMilliseconds }: ResponseError): XmlFragment | undefined {
  if (field !== undefined) return xml`<m:MessageXml><t:FieldURI FieldURI="${field}"/></m:MessageXml>`;
  if (backOffMilliseconds === undefined) return undefined;
  const value = xml`<t:Value Name="BackOffMilliseconds">${Math.ceil(backOffMilliseconds)}</t:Value>`;
  return xml`<m:MessageXml>${value}</m:MessageXml>`;
}

/**
 * The requests that a mailbox is tried with, in version and shape those of old importers.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getfolder-operation
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation
 */
import { EWS_MESSAGES, EWS_TYPES, SOAP_11 } from '../soap/namespaces.ts';
import { elementsIn, type XmlElement } from '../ews/parse-xml.ts';

function envelope(body: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${SOAP_11}" xmlns:t="${EWS_TYPES}" ` +
    `xmlns:m="${EWS_MESSAGES}"><soap:Header><t:RequestServerVersion Version="Exchange2010_SP2"/></soap:Header>` +
    `<soap:Body>${body}</soap:Body></soap:Envelope>`
  );
}

export const OPEN_INBOX = envelope(
  '<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>' +
    '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
);

export const COUNT_UNREAD = envelope(
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
    '<m:IndexedPageItemView MaxEntriesReturned="1" Offset="0" BasePoint="Beginning"/>' +
    '<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="message:IsRead"/>' +
    '<t:FieldURIOrConstant><t:Constant Value="false"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>' +
    '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
);

/** Messages in the folder of an answer to {@link OPEN_INBOX}; undefined where it does not say. */
export function messagesIn(body: XmlElement): string | undefined {
  return numeric(
    elementsIn(body)
      .find(({ localName }) => localName === 'TotalCount')
      ?.text.trim(),
  );
}

/** Items that an answer to {@link COUNT_UNREAD} counts; undefined where it does not say. */
export function unreadIn(body: XmlElement): string | undefined {
  return numeric(
    elementsIn(body)
      .find(({ attributes }) => attributes.has('TotalItemsInView'))
      ?.attributes.get('TotalItemsInView'),
  );
}

function numeric(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? text : undefined;
}

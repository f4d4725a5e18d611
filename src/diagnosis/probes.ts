/**
 * What a mailbox is tried with besides opening its Inbox, and what the answers say.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation
 */
import { elementsIn, type XmlElement } from '../ews/parse-xml.ts';
import { requestEnvelope } from '../ews/requests.ts';

export const COUNT_UNREAD = requestEnvelope(
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

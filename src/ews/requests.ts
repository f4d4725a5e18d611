/**
 * Requests that the gateway makes itself, in version and shape those of old importers.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getfolder-operation
 */
import { EWS_MESSAGES, EWS_TYPES, SOAP_11 } from '../soap/namespaces.ts';

/** @param operation the Body's content, with the prefixes m and t */
export function requestEnvelope(operation: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${SOAP_11}" xmlns:t="${EWS_TYPES}" ` +
    `xmlns:m="${EWS_MESSAGES}"><soap:Header><t:RequestServerVersion Version="Exchange2010_SP2"/></soap:Header>` +
    `<soap:Body>${operation}</soap:Body></soap:Envelope>`
  );
}

/** GetFolder of the Inbox: whether a mailbox opens. */
export const OPEN_INBOX = requestEnvelope(
  '<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>' +
    '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
);

/** Requests for tests. */
import { EWS_MESSAGES, EWS_TYPES, SOAP_11 } from '../../src/soap/namespaces.ts';

export function envelope(body: string, header = '<t:RequestServerVersion Version="Exchange2013"/>'): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?>` +
    `<soap:Envelope xmlns:soap="${SOAP_11}" xmlns:t="${EWS_TYPES}" xmlns:m="${EWS_MESSAGES}">` +
    `<soap:Header>${header}</soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`
  );
}

export function getFolder(name = 'inbox'): string {
  return (
    `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>` +
    `<t:DistinguishedFolderId Id="${name}"/></m:FolderIds></m:GetFolder>`
  );
}

export const GET_FOLDER = envelope(getFolder());

export function impersonation(address: string, type = 'SmtpAddress'): string {
  return (
    `<t:ExchangeImpersonation><t:ConnectingSID><t:${type}>${address}</t:${type}></t:ConnectingSID>` +
    `</t:ExchangeImpersonation>`
  );
}

/** What ends a whole request: HTTP 500 with a fault. */
import { EWS_ERRORS, EWS_TYPES, SOAP_11 } from '../../soap/namespaces.ts';
import { xml, type XmlFragment } from '../../ews/xml.ts';

export class SoapFault extends Error {
  readonly responseCode: string;

  constructor(responseCode: string, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode */
export function schemaViolation(violation: string): SoapFault {
  return new SoapFault('ErrorSchemaValidation', `The request failed schema validation: ${violation}`);
}

/** The document of a fault, as public samples of Exchange Online have it. */
export function faultDocument(responseCode: string, message: string, backOffMilliseconds?: number): string {
  const values: XmlFragment | undefined =
    backOffMilliseconds === undefined
      ? undefined
      : xml`<t:MessageXml xmlns:t="${EWS_TYPES}"
          ><t:Value Name="BackOffMilliseconds">${backOffMilliseconds}</t:Value></t:MessageXml>`;
  const detail = [
    xml`<e:ResponseCode xmlns:e="${EWS_ERRORS}">${responseCode}</e:ResponseCode>`,
    xml`<e:Message xmlns:e="${EWS_ERRORS}">${message}</e:Message>`,
    values,
  ];
  const code = xml`<faultcode xmlns:a="${EWS_TYPES}">a:${responseCode}</faultcode>`;
  const text = xml`<faultstring xml:lang="en-US">${message}</faultstring>`;
  const fault = xml`<s:Fault>${code}${text}<detail>${detail}</detail></s:Fault>`;
  const { markup } = xml`<s:Envelope xmlns:s="${SOAP_11}"><s:Body>${fault}</s:Body></s:Envelope>`;
  return `<?xml version="1.0" encoding="utf-8"?>${markup}`;
}

/**
 * SOAP faults in the form Exchange gives them, readable for the EWS Managed API: its parser reads a
 * fault only at HTTP 500 and only where the body begins with an XML declaration, and it shows the
 * faultstring.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-errors-in-ews
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/findconversation-operation for one
 *   of the schema
 */
import type { GatewayError } from '../errors.ts';
import { escapeXml } from './escape.ts';
import { EWS_ERRORS, EWS_TYPES, SOAP_11, SOAP_12 } from './namespaces.ts';

export type FaultSource = Pick<GatewayError, 'responseCode' | 'message'> &
  Partial<Pick<GatewayError, 'backOffMilliseconds' | 'violation'>>;

/** HTTP status that goes with every fault. */
export const FAULT_STATUS = 500;

/** Content type of a fault for the given SOAP version. */
export function faultContentType(soapVersion: '1.1' | '1.2'): string {
  return soapVersion === '1.1' ? 'text/xml; charset=utf-8' : 'application/soap+xml; charset=utf-8';
}

/** The gateway's id of a request, as every fault it makes names it. */
export const GATEWAY_REQUEST = /\[gateway request ([\w-]+)\]/;

/** The fault's document, beginning with its XML declaration. */
export function faultXml(fault: FaultSource, soapVersion: '1.1' | '1.2' = '1.1'): string {
  const { responseCode, violation } = fault;
  const message = escapeXml(fault.message);
  // What is violated stands in an element of its own there.
  const short = violation === undefined ? message : escapeXml(fault.message.replace(`: ${violation.text}`, '.'));
  const detail =
    `<e:ResponseCode xmlns:e="${EWS_ERRORS}">${responseCode}</e:ResponseCode>` +
    `<e:Message xmlns:e="${EWS_ERRORS}">${short}</e:Message>${messageXml(fault)}`;
  const declaration = '<?xml version="1.0" encoding="utf-8"?>';
  if (soapVersion === '1.2') {
    return (
      `${declaration}<s:Envelope xmlns:s="${SOAP_12}"><s:Body><s:Fault><s:Code>` +
      `<s:Value>s:Receiver</s:Value><s:Subcode>` +
      `<s:Value xmlns:a="${EWS_TYPES}">a:${responseCode}</s:Value></s:Subcode></s:Code>` +
      `<s:Reason><s:Text xml:lang="en-US">${message}</s:Text></s:Reason><s:Detail>${detail}</s:Detail>` +
      `</s:Fault></s:Body></s:Envelope>`
    );
  }
  return (
    `${declaration}<s:Envelope xmlns:s="${SOAP_11}"><s:Body><s:Fault>` +
    `<faultcode xmlns:a="${EWS_TYPES}">a:${responseCode}</faultcode>` +
    `<faultstring xml:lang="en-US">${message}</faultstring><detail>${detail}</detail></s:Fault></s:Body></s:Envelope>`
  );
}

/** What programs read of a fault besides its code, with these elements in this namespace. */
function messageXml({ backOffMilliseconds, violation }: FaultSource): string {
  const values = [
    ...(backOffMilliseconds === undefined
      ? []
      : [`<t:Value Name="BackOffMilliseconds">${Math.ceil(backOffMilliseconds)}</t:Value>`]),
    ...(violation === undefined
      ? []
      : [
          `<t:LineNumber>${violation.place.line}</t:LineNumber>`,
          `<t:LinePosition>${violation.place.position}</t:LinePosition>`,
          `<t:Violation>${escapeXml(violation.text)}</t:Violation>`,
        ]),
  ];
  return values.length === 0 ? '' : `<t:MessageXml xmlns:t="${EWS_TYPES}">${values.join('')}</t:MessageXml>`;
}

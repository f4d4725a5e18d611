/** Reads a request as Exchange would: head, one operation as a tree, the versions it may ask for. */
import type { EwsElement } from '../../ews/element.ts';
import { ElementTree } from '../../ews/element-tree.ts';
import { isKnownVersion, schemaVersion, type SchemaVersion } from '../../ews/properties/versions.ts';
import { BodyReader } from '../../soap/body-reader.ts';
import { readEnvelopeHead, type EnvelopeHead } from '../../soap/envelope-head.ts';
import { EWS_MESSAGES } from '../../soap/namespaces.ts';
import { MEMORY_SPOOL } from './memory-spool.ts';
import { schemaViolation, SoapFault } from './soap-fault.ts';

export interface EwsRequest {
  readonly head: EnvelopeHead;
  readonly operation: EwsElement;
  readonly version: SchemaVersion;
}

/** @throws SoapFault */
export function readRequest(body: Buffer): EwsRequest {
  try {
    const head = readEnvelopeHead(body, true);
    if (head === undefined) throw schemaViolation('it is empty');
    const tree = new ElementTree(head, MEMORY_SPOOL);
    const reader = new BodyReader(head, [tree]);
    reader.push(body.subarray(head.endBytes));
    reader.end();
    if (head.operation.namespace !== EWS_MESSAGES)
      throw schemaViolation(`'${head.operation.localName}' is no element of EWS.`);
    return { head, operation: tree.root, version: versionOf(head.requestServerVersion) };
  } catch (error) {
    throw error instanceof SoapFault ? error : faultOf(error);
  }
}

/** Texts: exchange-facts.md's sources; the code for none or several identities: responsecode page. */
function faultOf(error: unknown): SoapFault {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  switch (code) {
    case 'IMPERSONATION_HEADER_REPEATED':
      return new SoapFault('ErrorMoreThanOneAccessModeSpecified', 'Only one access mode header may be specified.');
    case 'IMPERSONATION_HEADER_INVALID':
      return new SoapFault(
        'ErrorInvalidExchangeImpersonationHeaderData',
        'ExchangeImpersonation SOAP header must contain exactly one identity.',
      );
    default:
      return schemaViolation(String(message));
  }
}

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/requestserverversion */
function versionOf(requested: string | undefined): SchemaVersion {
  if (requested !== undefined && !isKnownVersion(requested))
    throw new SoapFault('ErrorInvalidServerVersion', 'The specified server version is invalid.');
  return schemaVersion(requested);
}

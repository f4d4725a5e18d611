import { GatewayError } from '../errors.ts';

/** The error for XML that no conforming parser would take either. */
export function malformed(what: string): GatewayError {
  return new GatewayError('ENVELOPE_MALFORMED', `The request is not a well-formed EWS SOAP message: ${what}.`);
}

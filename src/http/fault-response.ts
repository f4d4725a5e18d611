/** Sends an error of the gateway's own as a SOAP fault. */
import type { ServerResponse } from 'node:http';
import type { GatewayError } from '../errors.ts';
import { FAULT_STATUS, faultContentType, faultXml } from '../soap/fault.ts';
import { endAfterReading } from './linger.ts';

/**
 * @returns body bytes sent; 0 where the client cannot be told any more, because it is gone or an
 *   answer has begun, which is then cut
 */
export function sendFault(
  response: ServerResponse,
  error: GatewayError,
  soapVersion: '1.1' | '1.2',
  requestId: string,
): number {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return 0;
  }
  const body = Buffer.from(
    faultXml(
      { ...error, message: `${error.message} [gateway request ${requestId}]`, responseCode: error.responseCode },
      soapVersion,
    ),
  );
  response.writeHead(FAULT_STATUS, { 'content-type': faultContentType(soapVersion), 'content-length': body.length });
  endAfterReading(response, body, !response.shouldKeepAlive);
  return body.length;
}

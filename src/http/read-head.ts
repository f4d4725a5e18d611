/** Step 2 of the EWS route: the envelope's head, read from a body that is still coming. */
import type { IncomingMessage } from 'node:http';
import type { RequestBody } from '../backends/request-body.ts';
import { GatewayError } from '../errors.ts';
import { assertCharsetFits } from '../soap/encoding.ts';
import type { EnvelopeHeadCache } from '../soap/envelope-head-cache.ts';
import { MAX_HEAD_BYTES, type EnvelopeHead } from '../soap/envelope-head.ts';
import { requestCharset } from './content-type.ts';

/**
 * Reads from the body until the head is complete.
 *
 * @throws GatewayError REQUEST_CONTENT_ENCODING, REQUEST_CONTENT_TYPE,
 *   ENVELOPE_…, IMPERSONATION_HEADER_…, or CLIENT_GONE
 */
export async function readHead(
  request: IncomingMessage,
  body: RequestBody,
  heads: EnvelopeHeadCache,
): Promise<EnvelopeHead> {
  const contentEncoding = request.headers['content-encoding'] ?? 'identity';
  if (contentEncoding.toLowerCase() !== 'identity') {
    throw new GatewayError(
      'REQUEST_CONTENT_ENCODING',
      `The request body is compressed (Content-Encoding: ${contentEncoding.slice(0, 40)}), which the gateway does ` +
        'not read. Send it uncompressed.',
    );
  }
  const charset = requestCharset(request);
  // A small body is waited for whole and then sent in one piece. Each try to read the head begins at
  // the start, so after a try that failed, wait for twice as much.
  const announced = Number(request.headers['content-length'] ?? 0);
  for (
    let wanted = announced <= MAX_HEAD_BYTES ? announced - 1 : 0;
    ;
    wanted = Math.min(body.received * 2, MAX_HEAD_BYTES)
  ) {
    await body.more(wanted);
    const head = heads.read(body.beginning(), body.ended);
    if (head === undefined) continue;
    if (charset !== undefined) assertCharsetFits(charset, head.encoding, head.declaredEncoding);
    return head;
  }
}

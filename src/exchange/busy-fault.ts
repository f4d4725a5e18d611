/**
 * Recognises the fault with which Exchange puts a request off: ErrorServerBusy, which says for how
 * long. Exchange has done nothing of the request then.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
 */
import type { IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** What Microsoft's pages advise where a fault does not say. */
const UNTOLD_BACK_OFF = 5_000;
const MAX_FAULT_BYTES = 1024 * 1024;
const LONGEST_BACK_OFF = 3_600_000;

/**
 * @param body of an answer with HTTP 500, as it came
 * @returns how long Exchange wants to be left alone, in milliseconds; undefined where it is another fault
 */
export function backOffOf(body: Buffer, headers: IncomingHttpHeaders): number | undefined {
  const text = decoded(body, headers['content-encoding']);
  if (text === undefined || !/<(?:[\w.-]+:)?ResponseCode[^>]*>\s*ErrorServerBusy\s*</.test(text)) return undefined;
  const told = /<(?:[\w.-]+:)?Value\s+Name=["']BackOffMilliseconds["']\s*>\s*(\d{1,9})\s*</.exec(text)?.[1];
  return told === undefined ? UNTOLD_BACK_OFF : Math.min(Number(told), LONGEST_BACK_OFF);
}

function decoded(body: Buffer, encoding: string | undefined): string | undefined {
  const bounds = { maxOutputLength: MAX_FAULT_BYTES };
  try {
    switch (encoding?.toLowerCase() ?? 'identity') {
      case 'identity':
        return body.toString('utf8');
      case 'gzip':
        return gunzipSync(body, bounds).toString('utf8');
      case 'deflate':
        return inflateSync(body, bounds).toString('utf8');
      case 'br':
        return brotliDecompressSync(body, bounds).toString('utf8');
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

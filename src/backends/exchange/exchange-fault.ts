/**
 * Reads a fault of Exchange. With ErrorServerBusy it puts a request off, of which it has done nothing
 * then, and says for how long.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
 */
import type { IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { MAX_ANSWER_BYTES, readAnswer } from '../../ews/read-answer.ts';

/** What Microsoft's pages advise where a fault does not say. */
const DEFAULT_BACK_OFF = 5_000;
const LONGEST_BACK_OFF = 3_600_000;
const MAX_TEXT = 500;
/** XML shrinks to a fifth; deflate's utmost is 1:1032. */
const MAX_RATIO = 64;

export interface ExchangeFault {
  /** A name of the ServiceError enumeration. */
  readonly responseCode: string;
  /** Exchange's own words, at most 500 characters, which may quote what the client sent. */
  readonly text: string;
  /** The back-off that Exchange asks for, in milliseconds; undefined where it is another fault. */
  readonly backOff: number | undefined;
}

/**
 * @param body of an answer with HTTP 500, as it came
 * @returns undefined where it is no fault of Exchange, or too large for one
 */
export function readExchangeFault(body: Buffer, headers: IncomingHttpHeaders): ExchangeFault | undefined {
  const xml = unpack(body, headers['content-encoding']);
  const answer = xml === undefined ? undefined : readAnswer(xml);
  if (answer === undefined) return undefined;
  const { responseCode, text, backOffMilliseconds } = answer;
  return {
    responseCode,
    text: text.slice(0, MAX_TEXT),
    backOff:
      responseCode === 'ErrorServerBusy'
        ? Math.min(backOffMilliseconds ?? DEFAULT_BACK_OFF, LONGEST_BACK_OFF)
        : undefined,
  };
}

/** Unpacks in pieces, and stops where they are too much together. */
function unpack(body: Buffer, encoding: string | undefined): Buffer | undefined {
  const bounds = { maxOutputLength: Math.min(MAX_ANSWER_BYTES, Math.max(1, body.length) * MAX_RATIO) };
  try {
    switch (encoding?.toLowerCase() ?? 'identity') {
      case 'identity':
        return body;
      case 'gzip':
        return gunzipSync(body, bounds);
      case 'deflate':
        return inflateSync(body, bounds);
      case 'br':
        return brotliDecompressSync(body, bounds);
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

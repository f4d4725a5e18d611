/**
 * Reads a fault of Exchange. With ErrorServerBusy it puts a request off, of which it has done nothing
 * then, and says for how long.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
 */
import type { IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { readResponse } from '../../soap/fault.ts';

/** What Microsoft's pages advise where a fault does not say. */
const UNTOLD_BACK_OFF = 5_000;
const MAX_FAULT_BYTES = 1024 * 1024;
const LONGEST_BACK_OFF = 3_600_000;

export interface ExchangeFault {
  /** A name of the ServiceError enumeration. */
  readonly responseCode: string;
  /** Exchange's own words, which may quote what the client sent. */
  readonly text: string;
  /** How long Exchange wants to be left alone, in milliseconds; undefined where it is another fault. */
  readonly backOff: number | undefined;
}

const MAX_TEXT = 500;

/**
 * @param body of an answer with HTTP 500, as it came
 * @returns undefined where it is no fault of Exchange
 */
export function readExchangeFault(body: Buffer, headers: IncomingHttpHeaders): ExchangeFault | undefined {
  const xml = decoded(body, headers['content-encoding']);
  const response = xml === undefined ? undefined : readResponse(xml);
  if (xml === undefined || response === undefined) return undefined;
  const { responseCode, text } = response;
  return {
    responseCode,
    text: text.slice(0, MAX_TEXT),
    backOff: responseCode === 'ErrorServerBusy' ? backOffIn(xml) : undefined,
  };
}

function backOffIn(xml: string): number {
  const told = /<(?:[\w.-]+:)?Value\s+Name=["']BackOffMilliseconds["']\s*>\s*(\d{1,9})\s*</.exec(xml)?.[1];
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

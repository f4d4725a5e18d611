/** Reads a JSON answer of Graph whole, and notices one that is not. */
import { readBounded } from '../../../network/bounded-body.ts';
import { GraphError, LOCAL_CODES } from './graph-error.ts';

/**
 * @param maxBytes more is refused
 * @returns the parsed value; {} for an empty body
 * @throws GraphError TruncatedAnswer where the JSON breaks off or `value` holds an error in the middle, as has been
 *   seen with HTTP 200 (microsoftgraph/microsoft-graph-docs issue 20907)
 */
export async function readJson(body: AsyncIterable<Buffer>, status: number, maxBytes: number): Promise<unknown> {
  const content = await readBounded(body, maxBytes);
  if (content === undefined) throw broken(status, LOCAL_CODES.unexpected, 'The answer is too long.');
  if (content.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(content.toString());
  } catch {
    throw broken(status, LOCAL_CODES.truncated, 'The answer is no whole JSON document.');
  }
  if (status < 400 && holdsError(value)) throw broken(status, LOCAL_CODES.truncated, 'The answer holds an error.');
  return value;
}

function holdsError(value: unknown): boolean {
  const list = (value as { readonly value?: unknown } | null)?.value;
  return Array.isArray(list) && list.some((entry: unknown) => isError(entry));
}

/** An error in place of a row; rows of getSchedule and getMailTips have errors beside other members. */
function isError(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'error' in entry && Object.keys(entry).length === 1;
}

function broken(status: number, code: string, message: string): GraphError {
  return new GraphError({ status, code, message, requestId: undefined, retryAfter: undefined });
}

/**
 * Asks for Basic credentials. The .NET EWS Managed API sends every call first without them, so this
 * is half of all requests.
 *
 * What to do with the body that comes along was measured with that client: a small announced body
 * is let in and drained, which keeps the connection; a large one is answered at once, so that a
 * client that waits for 100 Continue need not send it. One that sends it all the same gets the answer too, see
 * linger.ts.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-expect
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAfterReading } from './linger.ts';

/** Bodies up to this announced size are drained before the challenge. */
const DRAINED_BYTES = 64 * 1024;
const REALM = 'Exchange Web Services';

const BODY = 'Sign in with the user name and password of a caller of this gateway.\r\n';
const HEADERS = {
  'www-authenticate': `Basic realm="${REALM}"`,
  'content-type': 'text/plain; charset=utf-8',
  'content-length': Buffer.byteLength(BODY),
} as const;

/** Requests whose client waits for 100 Continue before it sends the body. */
const awaitingContinue = new WeakSet<IncomingMessage>();

export function markAwaitingContinue(request: IncomingMessage): void {
  awaitingContinue.add(request);
}

/** Lets a client that waits for 100 Continue send its body. */
export function continueBody(request: IncomingMessage, response: ServerResponse): void {
  if (awaitingContinue.delete(request)) response.writeContinue();
}

/**
 * Answers 401 with `WWW-Authenticate: Basic`.
 *
 * @param drainMilliseconds how long a body that is drained may take
 * @param more further headers
 */
export function challenge(
  request: IncomingMessage,
  response: ServerResponse,
  drainMilliseconds: number,
  more?: Readonly<Record<string, string>>,
): void {
  const announced = Number(request.headers['content-length'] ?? Number.NaN);
  if (announced > 0 && announced <= DRAINED_BYTES) {
    continueBody(request, response);
    const timer = setTimeout(() => request.destroy(), drainMilliseconds).unref();
    request.on('end', () => answer(response, more));
    request.on('close', () => clearTimeout(timer));
    request.resume();
  } else {
    answer(response, more);
  }
}

function answer(response: ServerResponse, more: Readonly<Record<string, string>> | undefined): void {
  response.writeHead(401, more === undefined ? HEADERS : { ...HEADERS, ...more });
  endAfterReading(response, BODY, !response.shouldKeepAlive);
}

/** Waits until an answer has left. */
import type { ServerResponse } from 'node:http';
import { GatewayError } from '../errors.ts';

/**
 * @param bytes of the answer's body
 * @returns undefined where all of it was given to the system, else a promise of that
 * @throws GatewayError (rejects with it) CLIENT_GONE where the connection closed before
 */
export function delivered(response: ServerResponse, bytes: number): Promise<void> | undefined {
  if (response.writableFinished || (response.writableLength === 0 && !response.destroyed)) return undefined;
  const { statusCode: status } = response;
  let waiting = response.writableLength;
  return new Promise<void>((resolve, reject) => {
    const onClose = (): void => {
      if (response.writableFinished) resolve();
      else
        reject(
          new GatewayError('CLIENT_GONE', 'The client closed the connection before it had the whole answer.', {
            begun: { status, bytes: Math.max(0, bytes - waiting) },
          }),
        );
    };
    if (response.destroyed) onClose();
    response.on('drain', () => (waiting = response.writableLength));
    response.once('finish', resolve);
    response.once('close', onClose);
  });
}

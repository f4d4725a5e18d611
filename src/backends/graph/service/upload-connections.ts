/**
 * Connections to the hosts on which upload sessions lie: outlook.office.com for most, which is not Graph's. Made at
 * first use.
 *
 * @see https://learn.microsoft.com/graph/outlook-large-attachments
 */
import type { Dispatcher } from 'undici';
import { GatewayError } from '../../../errors.ts';

/** More hosts than any cloud has. */
const MOST_HOSTS = 8;

export class UploadConnections {
  readonly #open: (url: URL) => Dispatcher;
  readonly #byOrigin = new Map<string, Dispatcher>();

  /** @param open makes the connections to the origin of an address */
  constructor(open: (url: URL) => Dispatcher) {
    this.#open = open;
  }

  /** @throws GatewayError UPSTREAM_UNREACHABLE for an address that no upload session has */
  to(url: URL): Dispatcher {
    let dispatcher = this.#byOrigin.get(url.origin);
    if (dispatcher !== undefined) return dispatcher;
    // The address holds what authorises the upload.
    if (url.protocol !== 'https:' || this.#byOrigin.size >= MOST_HOSTS)
      throw new GatewayError('UPSTREAM_UNREACHABLE', `Microsoft Graph names ${url.host} for an upload, which is odd.`);
    dispatcher = this.#open(url);
    this.#byOrigin.set(url.origin, dispatcher);
    return dispatcher;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byOrigin.values()].map((dispatcher) => dispatcher.close()));
  }
}

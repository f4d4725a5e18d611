/** Where large content of a request waits outside of memory. Injected: files are the business of state/. */
import type { Readable } from 'node:stream';

/** Decoded bytes of a request's element, in memory or in a file. */
export interface SpooledContent {
  /** Bytes. */
  readonly size: number;
  createReadStream(): Readable;
  /** Gives its room back. More than once is harmless. */
  dispose(): void;
}

export interface SpoolWriter {
  /** @throws GatewayError SPOOL_FULL or REQUEST_TOO_LARGE */
  write(bytes: Buffer): void;
  finish(): SpooledContent;
  /** Drops what was written, where {@link finish} was not reached. */
  dispose(): void;
}

export interface SpoolFactory {
  create(): SpoolWriter;
}

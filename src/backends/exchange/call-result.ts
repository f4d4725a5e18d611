/** What came of one call to Exchange, which decides what is done next. */
import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayError } from '../../errors.ts';

/** Headers for the client. */
export type RelayedHeaders = Record<string, string | string[]>;

/** What a call came to. */
export type CallResult =
  /** The answer went to the client, to its end. */
  | {
      readonly kind: 'relayed';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      /** Body bytes relayed. */
      readonly bytes: number;
      /** Whether the gateway ended it, at the end of an envelope. */
      readonly endedEarly: boolean;
    }
  /** Nothing was written to the client. */
  | {
      readonly kind: 'held';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      /** The whole of a short answer with HTTP 500, which may be a fault that asks for a retry. */
      readonly fault: { readonly body: Buffer; readonly headers: RelayedHeaders } | undefined;
    }
  /** The connection to Exchange broke before the client had anything of an answer, or did not come to be in time. */
  | {
      readonly kind: 'broken';
      readonly error: GatewayError;
      /** Whether any of the request may have reached Exchange. */
      readonly sent: boolean;
    };

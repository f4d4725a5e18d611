/** What stands between the request path and the service that answers: EWS itself, or a translation. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { RequestBody } from './request-body.ts';
import type { AccessToken } from '../tokens/entra-client.ts';

/** Gives a token, and another one for one that was refused; see tokens/token-source.ts. */
export interface Tokens {
  get(): AccessToken | Promise<AccessToken>;
  reject(token: AccessToken): boolean;
}

/** A request that was admitted: its envelope is rewritten, and it may act as `mailbox`. */
export interface BackendRequest {
  readonly operation: string;
  readonly mailbox: string;
  /** Who the answer's cookies belong to. */
  readonly owner: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  /** Value of Content-Length for the rewritten body, undefined where the client sends chunks. */
  readonly contentLength: number | undefined;
  readonly token: AccessToken;
  /** Where the token is from, for when the service refuses it. */
  readonly tokens: Tokens;
  /** Whether the client's connection is TLS. */
  readonly secure: boolean;
  /** Told of each piece of a successful answer, unencoded, before the client gets it. */
  readonly watch: ((piece: Buffer) => void) | undefined;
}

/** A GET for the endpoint's page or its schemas. */
export interface DocumentRequest {
  readonly document: EwsDocument;
  readonly owner: string;
  readonly mailbox: string;
  readonly headers: IncomingHttpHeaders;
  readonly token: AccessToken;
  /** Where the token is from, for when the service refuses it. */
  readonly tokens: Tokens;
  readonly secure: boolean;
}

/** Documents beside the EWS endpoint, as Exchange spells them. */
export type EwsDocument = 'Exchange.asmx' | 'Services.wsdl' | 'messages.xsd' | 'types.xsd';

/** How a request ended that was answered. */
export interface Outcome {
  readonly status: number;
  /** Body bytes sent to the client. */
  readonly bytes: number;
  /** The service's own id of the request. */
  readonly upstreamRequestId: string | undefined;
  /** What Exchange refused it with, if it did. */
  readonly fault: { readonly responseCode: string; readonly text: string } | undefined;
}

export interface Backend {
  /**
   * Answers the client.
   *
   * @throws GatewayError where nothing has been answered yet
   */
  forward(request: BackendRequest, client: ServerResponse): Promise<Outcome>;
  /** Relays a document beside the endpoint. */
  document(request: DocumentRequest, client: ServerResponse): Promise<Outcome>;
  close(): Promise<void>;
}

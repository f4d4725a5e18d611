/**
 * WSDL and schemas, kept for an hour: they are a megabyte together, are the same for everybody, and some programs
 * fetch them at each start.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { EwsDocument, Outcome } from '../backend.ts';
import type { CallResult } from './call-result.ts';

interface CachedDocument {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Until when it may be given out, by `performance.now()`. */
  readonly until: number;
}

const LIFETIME = 3_600_000;
/** types.xsd, the largest, has some 500 KB. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Headers that belong to the document, and not to the request it was fetched with. */
const KEPT = ['content-type', 'cache-control', 'etag', 'last-modified'] as const;

export class DocumentCache {
  readonly #documents = new Map<EwsDocument, CachedDocument>();
  readonly #now: () => number;

  /** @param now a monotonic clock in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether a request is for what may be kept: conditional ones are Exchange's to answer. */
  serves(document: EwsDocument, client: IncomingHttpHeaders): boolean {
    return (
      document !== 'Exchange.asmx' &&
      client['if-none-match'] === undefined &&
      client['if-modified-since'] === undefined &&
      client.range === undefined
    );
  }

  /** Answers with what is kept; undefined where there is nothing, or nothing new enough. */
  answer(document: EwsDocument, client: ServerResponse): Outcome | undefined {
    const cached = this.#documents.get(document);
    if (cached === undefined || this.#now() >= cached.until) return undefined;
    client.writeHead(200, { ...cached.headers, 'content-length': cached.body.length });
    client.end(cached.body);
    return { status: 200, bytes: cached.body.length, fault: undefined };
  }

  /** Takes a copy of an answer as it is relayed. */
  copy(document: EwsDocument): { push(piece: Buffer): void; keep(result: CallResult): void } {
    let pieces: Buffer[] = [];
    let bytes = 0;
    return {
      push: (piece) => {
        bytes += piece.length;
        if (bytes <= MAX_BYTES) pieces.push(piece);
        else pieces = [];
      },
      keep: (result) => {
        if (result.kind !== 'relayed' || result.status !== 200 || bytes > MAX_BYTES) return;
        const { headers } = result;
        if ((headers['content-encoding'] ?? 'identity') !== 'identity') return;
        // A page of something on the way is not given to everybody for an hour.
        if (!/\bxml\b/i.test(headers['content-type'] ?? '')) return;
        this.#documents.set(document, {
          headers: Object.fromEntries(
            KEPT.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
          ),
          body: Buffer.concat(pieces),
          until: this.#now() + LIFETIME,
        });
      },
    };
  }
}

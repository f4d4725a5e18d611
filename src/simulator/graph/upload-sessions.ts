/**
 * Upload sessions for large attachments. Their addresses are on another host, carry what authorises them, and refuse a
 * bearer token.
 *
 * @see https://learn.microsoft.com/graph/outlook-large-attachments
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toGraphAlphabet } from '../../ews/ids/alphabet.ts';
import type { CertificatePair } from '../certificate.ts';
import { FaultScript } from '../fault-script.ts';
import { readBody, serve, type SimulatedServer } from '../http-server.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { MailboxError } from '../mailbox/errors.ts';
import { errorBody, fromMailboxError, type GraphError } from './errors.ts';

/** What a session is to become. */
export interface UploadPlan {
  readonly mailbox: Mailbox;
  readonly itemId: string;
  readonly name: string;
  readonly contentType: string;
  readonly contentId: string | undefined;
  readonly isInline: boolean;
  /** Bytes. */
  readonly size: number;
}

interface Session extends UploadPlan {
  readonly chunks: Buffer[];
  received: number;
  readonly expires: Date;
}

/** A request as it came, for tests. */
export interface UploadRequest {
  readonly method: string;
  readonly range: string | undefined;
  readonly status: number;
  readonly hadToken: boolean;
}

const LARGEST_CHUNK = 4 * 1024 * 1024;

export class UploadSessions {
  readonly script = new FaultScript();
  readonly requests: UploadRequest[] = [];
  readonly #sessions = new Map<string, Session>();
  #server: SimulatedServer | undefined;

  async start(tls: CertificatePair | undefined, name?: string): Promise<void> {
    this.#server = await serve((request, response) => this.#handle(request, response), tls, 0, name);
  }

  get origin(): string {
    return this.#server?.origin ?? '';
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  /** @returns what createUploadSession answers */
  open(plan: UploadPlan): object {
    const token = randomBytes(48).toString('base64url');
    const session = { ...plan, chunks: [], received: 0, expires: new Date(Date.now() + 7 * 86_400_000) };
    this.#sessions.set(token, session);
    const path = `Users('${plan.mailbox.guid}')/Messages('${toGraphAlphabet(plan.itemId)}')/AttachmentSessions`;
    return {
      uploadUrl: `${this.origin}/api/v2.0/${path}('${randomBytes(8).toString('hex')}')?authtoken=${token}`,
      ...state(session),
    };
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const { method = '' } = request;
    const hadToken = request.headers.authorization !== undefined;
    const answer = (status: number, json?: object, headers: Readonly<Record<string, string>> = {}): void => {
      this.requests.push({ method, range: request.headers['content-range'], status, hadToken });
      response.writeHead(status, { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers });
      response.end(json === undefined ? '' : JSON.stringify(json));
    };
    // [doc outlook-large-attachments] "Do not specify an Authorization request header".
    if (hadToken) return answer(401, errorBody('InvalidAudience', 'The audience claim value is invalid.'));
    if ((await this.script.play(request, response, `${method} upload`)) === 'served') return;
    const token = new URL(request.url ?? '/', this.origin).searchParams.get('authtoken') ?? '';
    const session = this.#sessions.get(token);
    if (session === undefined || session.expires.getTime() < Date.now())
      return answer(404, errorBody('ErrorItemNotFound', 'The upload session was not found.'));
    if (method === 'GET') return answer(200, state(session));
    if (method === 'DELETE') {
      this.#sessions.delete(token);
      return answer(204);
    }
    if (method !== 'PUT') return answer(405, errorBody('ErrorInvalidRequest', 'The HTTP method is not allowed.'));
    const range = /^bytes (\d{1,12})-(\d{1,12})\/(\d{1,12})$/.exec(request.headers['content-range'] ?? '');
    const [start, end, total] = (range ?? []).slice(1).map(Number);
    if (start === undefined || end === undefined || end - start + 1 !== body.length || total !== session.size)
      return answer(400, errorBody('ErrorInvalidRequest', 'The Content-Range header is invalid.'));
    if (body.length > LARGEST_CHUNK)
      return answer(413, errorBody('RequestEntityTooLarge', 'The range is larger than 4 MB.'));
    if (start !== session.received)
      return answer(416, errorBody('ErrorInvalidRange', 'The range is not the one that is expected.'));
    session.chunks.push(body);
    session.received = end + 1;
    if (session.received < session.size) return answer(200, state(session));
    this.#sessions.delete(token);
    const { mailbox, itemId, name, contentType, contentId, isInline } = session;
    const content = Buffer.concat(session.chunks);
    try {
      const { attachments } = mailbox.addAttachments(itemId, [
        { kind: 'file', name, contentType, contentId, contentLocation: undefined, isInline, content },
      ]);
      const id = toGraphAlphabet(attachments[0]?.id ?? '');
      const message = `Users('${mailbox.guid}')/Messages('${toGraphAlphabet(itemId)}')`;
      return answer(201, undefined, {
        'location': `https://outlook.office.com/api/v2.0/${message}/Attachments('${id}')`,
        'content-length': '0',
      });
    } catch (error) {
      if (!(error instanceof MailboxError)) throw error;
      const refusal: GraphError = fromMailboxError(error);
      return answer(refusal.status, errorBody(refusal.code, refusal.message));
    }
  }
}

function state({ received, size, expires }: Session): object {
  return {
    expirationDateTime: expires.toISOString(),
    nextExpectedRanges: received < size ? [String(received)] : [],
  };
}

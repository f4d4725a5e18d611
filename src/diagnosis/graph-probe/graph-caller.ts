/** Single calls to Microsoft Graph for a mailbox, whose statuses are what is asked for. */
import { request, type Dispatcher } from 'undici';
import { readBounded } from '../../network/bounded-body.ts';
import { VERSION } from '../../version.ts';

export interface ProbeAnswer {
  /** HTTP status. */
  readonly status: number;
  /** The JSON of the answer; {} where there is none. */
  readonly value: Readonly<Record<string, unknown>>;
}

export interface GraphCaller {
  /** @param path behind the mailbox @throws Error where there is no answer */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ProbeAnswer>;
  /** Posts MIME, as Graph takes it: in base64. */
  postMime(path: string, mime: Buffer): Promise<ProbeAnswer>;
  /** Sends a piece of an upload, without a token: its address holds what allows it. */
  upload(url: string, piece: Buffer, at: { readonly start: number; readonly size: number }): Promise<ProbeAnswer>;
  /** Reads something large, and forgets it. @returns how much came */
  sizeOf(path: string): Promise<{ readonly status: number; readonly bytes: number }>;
}

const TIMEOUT = 30_000;
/** Milliseconds for what is large, in either direction. */
const LONG_TIMEOUT = 600_000;
const MAX_ANSWER = 1024 * 1024;

/**
 * @param root of the mailbox: https://graph.microsoft.com/v1.0/users/ADDRESS
 * @param uploads to the host of upload sessions; default: the same as to Graph
 */
export function graphCaller(root: string, token: string, dispatcher: Dispatcher, uploads = dispatcher): GraphCaller {
  const own = {
    'authorization': `Bearer ${token}`,
    'accept': 'application/json',
    'user-agent': `ews-gateway-probe/${VERSION}`,
  } as const;
  const send = async (
    method: string,
    path: string,
    body: string | null,
    headers: Readonly<Record<string, string>>,
  ): Promise<ProbeAnswer> => {
    const response = await request(`${root}${path}`, {
      dispatcher,
      method,
      headers: {
        ...own,
        ...(body === null && method === 'POST' ? { 'content-length': '0' } : {}),
        ...headers,
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT),
    });
    return answerOf(response);
  };
  return {
    call: (method, path, body, headers = {}) =>
      body === undefined
        ? send(method, path, null, headers)
        : send(method, path, JSON.stringify(body), { 'content-type': 'application/json', ...headers }),
    postMime: (path, mime) => send('POST', path, mime.toString('base64'), { 'content-type': 'text/plain' }),
    upload: async (url, piece, { start, size }) => {
      const range = `bytes ${start}-${start + piece.length - 1}/${size}`;
      const headers = { 'content-range': range, 'content-type': 'application/octet-stream' };
      const signal = AbortSignal.timeout(LONG_TIMEOUT);
      return answerOf(await request(url, { dispatcher: uploads, method: 'PUT', headers, body: piece, signal }));
    },
    sizeOf: async (path) => {
      const signal = AbortSignal.timeout(LONG_TIMEOUT);
      const { statusCode, body } = await request(`${root}${path}`, { dispatcher, headers: own, signal });
      let bytes = 0;
      for await (const piece of body as AsyncIterable<Buffer>) bytes += piece.length;
      return { status: statusCode, bytes };
    },
  };
}

async function answerOf({ statusCode, body }: Dispatcher.ResponseData): Promise<ProbeAnswer> {
  const content = await readBounded(body as AsyncIterable<Buffer>, MAX_ANSWER);
  let value: unknown;
  try {
    value = JSON.parse(content?.toString() ?? '');
  } catch {
    value = {};
  }
  return { status: statusCode, value: (value ?? {}) as Readonly<Record<string, unknown>> };
}

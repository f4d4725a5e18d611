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
}

const TIMEOUT = 30_000;
const MAX_ANSWER = 1024 * 1024;

/** @param root of the mailbox: https://graph.microsoft.com/v1.0/users/ADDRESS */
export function graphCaller(root: string, token: string, dispatcher: Dispatcher): GraphCaller {
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
        'authorization': `Bearer ${token}`,
        'accept': 'application/json',
        'user-agent': `ews-gateway-probe/${VERSION}`,
        ...(body === null && method === 'POST' ? { 'content-length': '0' } : {}),
        ...headers,
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const content = await readBounded(response.body as AsyncIterable<Buffer>, MAX_ANSWER);
    let value: unknown;
    try {
      value = JSON.parse(content?.toString() ?? '');
    } catch {
      value = {};
    }
    return { status: response.statusCode, value: (value ?? {}) as Readonly<Record<string, unknown>> };
  };
  return {
    call: (method, path, body, headers = {}) =>
      body === undefined
        ? send(method, path, null, headers)
        : send(method, path, JSON.stringify(body), { 'content-type': 'application/json', ...headers }),
    postMime: (path, mime) => send('POST', path, mime.toString('base64'), { 'content-type': 'text/plain' }),
  };
}

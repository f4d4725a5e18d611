/** Answers on their way to the socket, and the faults that are played on them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { GraphAnswer } from './call.ts';
import type { GraphFault } from './faults.ts';

/** A request that was carried out or refused; each step of a batch is one, and the batch another. */
export interface GraphRequestRecord {
  readonly method: string;
  /** For example /users/{user}/messages/{message}; the path itself where nothing fits. */
  readonly template: string;
  readonly path: string;
  readonly query: string;
  /** Primary address; undefined where the request did not get that far. */
  readonly mailbox: string | undefined;
  readonly status: number;
  /** Requests of this app and mailbox in flight with it; 0 where it did not get that far. */
  readonly inFlight: number;
  readonly isBatchStep: boolean;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** What is known of a request while it is carried out. */
export interface Seen {
  template: string;
  mailbox: string | undefined;
  status: number;
  inFlight: number;
}

const JSON_TYPE = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

const CUT_MIDWAY = 'x-simulator-cut';

/** Marks an answer that a fault cuts off in the middle. */
export function marked(answer: GraphAnswer, fault: GraphFault | undefined): GraphAnswer {
  return fault?.cut === 'midway' ? { ...answer, headers: { ...answer.headers, [CUT_MIDWAY]: '1' } } : answer;
}

/** Plays a fault. @returns an answer in place of the usual one, 'cut' where there is none, else undefined */
export async function play(
  fault: GraphFault | undefined,
  socket: IncomingMessage | undefined,
): Promise<GraphAnswer | 'cut' | undefined> {
  if (fault?.delay !== undefined) await delay(fault.delay, undefined, { ref: false });
  if (fault?.cut === 'before' && socket !== undefined) {
    socket.socket.destroy();
    return 'cut';
  }
  if (fault?.status === undefined) return undefined;
  const bytes = Buffer.isBuffer(fault.body) ? fault.body : Buffer.from(fault.body ?? '');
  // In a batch JSON stands in the answer as such.
  const isJson = socket === undefined && /json/.test(fault.headers?.['content-type'] ?? '');
  const content = isJson ? { json: JSON.parse(bytes.toString()) as object } : { bytes };
  return { status: fault.status, headers: fault.headers ?? {}, ...content };
}

export function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, json, bytes }: GraphAnswer,
): void {
  const { [CUT_MIDWAY]: cut, ...rest } = headers;
  const type = json === undefined ? {} : { 'content-type': JSON_TYPE, 'odata-version': '4.0' };
  const content = json === undefined ? (bytes ?? Buffer.alloc(0)) : Buffer.from(JSON.stringify(json));
  // Half of an empty answer is none: the request was carried out, and nobody hears of it.
  if (cut !== undefined && content.length === 0) {
    request.socket.destroy();
    return;
  }
  response.writeHead(status, {
    ...type,
    ...rest,
    ...(content.length === 0 && status !== 204 ? { 'content-length': 0 } : {}),
  });
  if (cut !== undefined) {
    response.write(content.subarray(0, content.length / 2), () => request.socket.destroy());
    return;
  }
  response.end(content);
}

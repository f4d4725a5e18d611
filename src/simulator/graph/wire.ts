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

/** An answer with what a fault does to its second half. */
export function marked(answer: GraphAnswer, fault: GraphFault | undefined): GraphAnswer {
  const secondHalf = fault?.cut === 'midway' ? 'never' : fault?.hold;
  return secondHalf === undefined ? answer : { ...answer, secondHalf };
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
  const { status, headers = {}, isForeign = false } = fault;
  return { status, headers, isForeign, ...content };
}

export function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, json, bytes, secondHalf, isForeign = false }: GraphAnswer,
): void {
  if (isForeign) for (const name of response.getHeaderNames()) response.removeHeader(name);
  const type = json === undefined ? {} : { 'content-type': JSON_TYPE, 'odata-version': '4.0' };
  const content = json === undefined ? (bytes ?? Buffer.alloc(0)) : Buffer.from(JSON.stringify(json));
  // Half of an empty answer is none: the request was carried out, and nobody hears of it.
  if (secondHalf === 'never' && content.length === 0) {
    request.socket.destroy();
    return;
  }
  response.writeHead(status, {
    ...type,
    ...headers,
    ...(content.length === 0 && status !== 204 ? { 'content-length': 0 } : {}),
  });
  if (secondHalf === undefined) return void response.end(content);
  const half = content.length >> 1;
  response.write(content.subarray(0, half), () => {
    if (secondHalf === 'never') request.socket.destroy();
    else void secondHalf.then(() => response.end(content.subarray(half)));
  });
}

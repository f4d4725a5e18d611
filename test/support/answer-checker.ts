/**
 * Holds every answer that a gateway in this process gives over Graph against the rules that EWS clients need, and
 * against messages.xsd. It listens to Node's own HTTP server, so that it does not matter which client a test uses.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Test } from 'tap';
import { brokenRules } from './answer-rules.ts';
import { keepDocument, validateAtEnd } from './schema-check.ts';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** What was answered at an address. */
export interface WatchedAnswers {
  /** Rules that were broken, each with the beginning of its answer. */
  readonly broken: readonly string[];
  /** How many answers were checked. */
  readonly count: number;
}

interface Watched extends WatchedAnswers {
  readonly path: string;
  readonly broken: string[];
  count: number;
}

/** Longer ones are not kept: their contents are what makes them long. */
const LONGEST = 1024 * 1024;
/** By the port of the listener. */
const watched = new Map<number, Watched>();

/** Looks at what is answered at an address of this process from now on. */
export function watchAnswers(url: string): WatchedAnswers {
  const { port, pathname: path } = new URL(url);
  const seen: Watched = { path: path.toLowerCase(), broken: [], count: 0 };
  watched.set(Number(port), seen);
  return seen;
}

/** Looks at an address no longer: another test may be given the port. */
export function leaveAnswers(url: string): void {
  watched.delete(Number(new URL(url).port));
}

/**
 * Looks at what is answered to a test, which fails where a rule is broken. At the end of the process messages.xsd is
 * asked too.
 */
export async function checkAnswers(t: Test, url: string): Promise<WatchedAnswers> {
  const seen = watchAnswers(url);
  t.teardown(() => {
    if (seen.broken.length > 0) throw new Error(`answers that not all clients read:\n${seen.broken.join('\n')}`);
  });
  await validateAtEnd();
  return seen;
}

subscribe('http.server.request.start', (message) => {
  const { request, response, socket } = message as Exchange;
  const seen = watched.get(socket.localPort ?? 0);
  if (seen === undefined || request.method !== 'POST') return;
  if (new URL(request.url ?? '/', 'http://gateway').pathname.toLowerCase() !== seen.path) return;
  const sent = kept(request, ['push']);
  const answered = kept(response, ['write', 'end']);
  // Not of answers that were cut off.
  response.once('finish', () => check(seen, response, sent(), answered()));
});

/** Keeps what is given to methods of a stream. @returns it, undefined where it was too long */
function kept<Stream extends IncomingMessage | ServerResponse>(
  stream: Stream,
  methods: readonly string[],
): () => string | undefined {
  const chunks: Buffer[] = [];
  let size = 0;
  const target = stream as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  for (const name of methods) {
    const original = target[name];
    if (original === undefined) throw new Error(`no method ${name}`);
    target[name] = (...args) => {
      const [chunk] = args;
      if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) {
        size += chunk.length;
        if (size <= LONGEST) chunks.push(Buffer.from(chunk));
      }
      return original.apply(stream, [...args]);
    };
  }
  return () => (size > LONGEST ? undefined : Buffer.concat(chunks).toString());
}

function check(seen: Watched, response: ServerResponse, request: string | undefined, text: string | undefined): void {
  if (text === undefined) return;
  seen.count++;
  const { statusCode: status } = response;
  const headers = headersOf(response);
  const broken = brokenRules({ status, headers, text }, status === 200 ? request : undefined);
  seen.broken.push(...broken.map((rule) => `${rule}\n  in ${text.slice(0, 1_000)}`));
  const body = /<(\w+):Body[^>]*>([\s\S]*)<\/\1:Body>/.exec(text)?.[2];
  if (status !== 200 || body === undefined) return;
  keepDocument(structureOf(body), { name: 'an answer', contents: body });
}

/** As they went out, however they were set. */
function headersOf(response: ServerResponse): Readonly<Record<string, string>> {
  const { _header: head } = response as unknown as { readonly _header: string };
  const lines = [...head.matchAll(/^([^:\r\n]+): ([^\r\n]*)/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name.toLowerCase(), value]));
}

/** Markup without the values that differ from one answer to the next. */
function structureOf(body: string): string {
  return body.replaceAll(/ (?:Id|ChangeKey|RootItemId|RootItemChangeKey)="[^"]*"/g, '').replaceAll(/>[^<]{9,}</g, '><');
}

/** What is asked of Microsoft Graph in one call, for whom, and what comes back. */
import type { Dispatcher } from 'undici';
import type { CallSink } from '../../backend.ts';
import type { Priority } from '../../mailbox-queue.ts';
import type { Repeatable } from './retry-policy.ts';

/** On whose behalf calls are made, and for how long. */
export interface CallContext {
  /** Key of the slots at this moment: the mailbox's GUID as soon as it is known, else its address. */
  readonly slotKey: () => string;
  /** Whose token is used: the address of the mailbox that acts. */
  readonly mailbox: string;
  /** Set where that is the mailbox's own sign-in, and not the app's right. */
  readonly signedIn?: string | undefined;
  readonly caller: string;
  /** Goes to Graph as client-request-id, and stands in its logs. */
  readonly requestId: string;
  readonly client: { readonly destroyed: boolean };
  readonly signal: AbortSignal;
  /** Until when the client waits for the call that begins now, by `performance.now()`. */
  readonly deadline: number;
  readonly sink: CallSink;
  /** Default: client. */
  readonly priority?: Priority | undefined;
  /** Set where nobody waits for the answers. */
  readonly onlyTry?: OnlyTry | undefined;
}

/** A call that is made once, if at all. */
export interface OnlyTry {
  /** How long it waits for a slot, in milliseconds. */
  readonly slotPatience: number;
  /** Of an answer in JSON: a longer one is not read. */
  readonly mostBytes: number;
}

export interface GraphCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /**
   * Below /v1.0, percent-encoded, with its query: /users/…; see paths.ts. The whole address of an upload session
   * instead: it authorises itself, so that no token is sent there.
   */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is where it is a Buffer (with a content-type of its own). */
  readonly body?: unknown;
  /** Default: always for all methods but POST. */
  readonly repeatable?: Repeatable;
  /** Whether it is made again where somebody else writes at that moment. Default: true. */
  readonly overwrites?: boolean;
  /** Slots it takes: the requests of a batch. Default: 1. */
  readonly weight?: number;
}

export interface GraphAnswer<T> {
  readonly status: number;
  readonly value: T;
  readonly headers: Dispatcher.ResponseData['headers'];
}

/**
 * The admitted requests under way: bounds those that hang for notifications, cuts clients that neither read nor
 * write, and ends notifications that nobody is to get any more.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallerConfig, Limits } from '../config/types.ts';
import type { LastingGrant } from '../backends/backend.ts';
import { GatewayError } from '../errors.ts';
import { isHanging } from '../ews/operations.ts';
import { cut } from './cut.ts';

/** What was granted to whom. */
export interface GrantedRequest {
  readonly caller: CallerConfig;
  /** Name of the operation, as in services.wsdl. */
  readonly operation: string;
  /** The mailbox it acts as. */
  readonly mailbox: string;
  /** The client's address. */
  readonly remoteAddress: string;
}

/** A request that was authorized. */
export interface RunningRequest extends GrantedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly limits: Limits;
}

const SWEEP_INTERVAL = 500;
/** What a client has to send of its request, in bytes a second, on average over clientIdleSeconds. */
const LEAST_RATE = 1024;
const STREAM_BACK_OFF = 30_000;

export class RunningRequests {
  /**
   * In any order. No Set: the tables that a busy one leaves behind hold its former members, and with them whole
   * requests, until V8 looks through its old generation.
   */
  readonly #running: TrackedRequest[] = [];
  readonly #streams = new Map<string, number>();
  readonly #lasting = new Map<AbortController, GrantedRequest>();
  #sweep: NodeJS.Timeout | undefined;
  #closing = false;

  /**
   * Keeps track of a request until {@link leave}.
   *
   * @throws GatewayError STREAMS_EXHAUSTED where the caller has too many of them, GATEWAY_STOPPING
   */
  enter(running: RunningRequest): TrackedRequest {
    const tracked = new TrackedRequest(running);
    if (tracked.ending !== undefined) this.#enterStream(running);
    tracked.place = this.#running.push(tracked) - 1;
    this.#sweep ??= setInterval(() => this.#look(), SWEEP_INTERVAL).unref();
    return tracked;
  }

  /** The request was answered: from now on, or once the client has the rest of its answer, it is none of these. */
  leave(tracked: TrackedRequest): void {
    const { response, caller } = tracked.running;
    if (response.writableLength > 0 && !response.destroyed) {
      response.once('close', () => this.leave(tracked));
      return;
    }
    this.#remove(tracked);
    if (tracked.ending !== undefined) this.#leaveStream(caller.username);
  }

  /** Something goes on after its request was answered, until it ends or {@link endNotifications} ends it. */
  outlive(granted: GrantedRequest): LastingGrant {
    const ending = new AbortController();
    if (this.#closing) ending.abort(stopping());
    else this.#lasting.set(ending, granted);
    return { signal: ending.signal, end: () => void this.#lasting.delete(ending) };
  }

  /**
   * Ends the notifications that a condition holds for.
   *
   * @param reason for streams that have no answer yet
   */
  endNotifications(reason: GatewayError, condition: (granted: GrantedRequest) => boolean = () => true): void {
    // What ends leaves its place to another.
    for (const { running, ending } of this.#running.slice())
      if (ending !== undefined && condition(running)) ending.abort(reason);
    for (const [ending, granted] of this.#lasting)
      if (condition(granted)) {
        this.#lasting.delete(ending);
        ending.abort(reason);
      }
  }

  /** Ends all of them, and begins none any more. */
  stop(): void {
    this.#closing = true;
    this.endNotifications(stopping());
  }

  /** The last one takes its place. */
  #remove(tracked: TrackedRequest): void {
    const { place } = tracked;
    if (this.#running[place] !== tracked) return;
    const last = this.#running.pop();
    if (last === undefined || last === tracked) return;
    this.#running[place] = last;
    last.place = place;
  }

  #enterStream({ caller, limits }: RunningRequest): void {
    const { username } = caller;
    if (this.#closing) throw stopping();
    const open = this.#streams.get(username) ?? 0;
    if (open >= limits.streamsPerCaller)
      throw new GatewayError(
        'STREAMS_EXHAUSTED',
        `Caller '${username}' has ${open} open GetStreamingEvents, which is all it may have ` +
          '(limits.streamsPerCaller). Close one, or put several subscriptions into one.',
        { backOffMilliseconds: STREAM_BACK_OFF },
      );
    this.#streams.set(username, open + 1);
  }

  #leaveStream(username: string): void {
    const left = (this.#streams.get(username) ?? 1) - 1;
    if (left === 0) this.#streams.delete(username);
    else this.#streams.set(username, left);
  }

  #look(): void {
    const now = performance.now();
    for (const tracked of this.#running.slice()) tracked.look(now);
    if (this.#running.length > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}

function stopping(): GatewayError {
  return new GatewayError('GATEWAY_STOPPING', 'The gateway stops. Connect again in a moment.', {
    backOffMilliseconds: 1_000,
  });
}

/** A request with what its client did lately. */
export class TrackedRequest {
  readonly running: RunningRequest;
  /** Of a stream of notifications: aborted once it is to end. */
  readonly ending: AbortController | undefined;
  /** Where it stands among those that run. For {@link RunningRequests} only. */
  place = -1;
  /** Bytes of answers that have left. */
  #left = -1;
  /** Since when nothing of the answer leaves. */
  #stalledSince: number | undefined;
  /** When the measurement of the upload began, and what had come by then. */
  #measured: { readonly since: number; readonly bytes: number } | undefined;

  constructor(running: RunningRequest) {
    this.running = running;
    this.ending = isHanging(running.operation) ? new AbortController() : undefined;
  }

  look(now: number): void {
    const { request, limits } = this.running;
    const { socket } = request;
    if (socket.destroyed) return;
    const seconds = limits.clientIdleSeconds;
    const slow = this.#takesNothing(now, seconds * 1000)
      ? `took nothing of its answer for ${seconds} s`
      : this.#sendsTooSlowly(now, seconds)
        ? `sent less than ${LEAST_RATE} bytes a second of its request for ${seconds} s`
        : undefined;
    if (slow !== undefined)
      cut(socket, new GatewayError('CLIENT_TOO_SLOW', `The client ${slow} (limits.clientIdleSeconds).`));
  }

  #takesNothing(now: number, longest: number): boolean {
    const { request, response } = this.running;
    const left = request.socket.bytesWritten - request.socket.writableLength;
    const stalled = response.writableLength > 0 && left === this.#left;
    this.#left = left;
    if (!stalled) this.#stalledSince = undefined;
    else this.#stalledSince ??= now;
    return this.#stalledSince !== undefined && now - this.#stalledSince >= longest;
  }

  /** While the gateway itself does not read, because Exchange takes nothing, the client is not to blame. */
  #sendsTooSlowly(now: number, seconds: number): boolean {
    const { request } = this.running;
    if (request.complete || request.isPaused()) {
      this.#measured = undefined;
      return false;
    }
    const { bytesRead } = request.socket;
    this.#measured ??= { since: now, bytes: bytesRead };
    if (now - this.#measured.since < seconds * 1000) return false;
    const { bytes } = this.#measured;
    this.#measured = { since: now, bytes: bytesRead };
    return bytesRead - bytes < LEAST_RATE * seconds;
  }
}

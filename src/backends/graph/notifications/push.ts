/**
 * Push subscriptions: events are posted to the client's own address, which answers OK or Unsubscribe. An address that
 * does not answer is tried again for as long as StatusFrequency says; then the subscription is over. They are kept in
 * memory: after a restart they are over too. Either way the client hears nothing more, which after twice
 * StatusFrequency means to it that it has to subscribe again, with the last watermark: so nothing is lost.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/statusfrequency
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/subscriptionstatus
 */
import { request, type Dispatcher } from 'undici';
import { errorText } from '../../../errors.ts';
import { ResponseError, successMessage } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { readBounded } from '../../../network/bounded-body.ts';
import { EWS_MESSAGES, EWS_TYPES, SOAP_11 } from '../../../soap/namespaces.ts';
import type { Clock } from '../../clock.ts';
import type { LastingGrant } from '../../backend.ts';
import { notification } from './event-elements.ts';
import { EventStream } from './event-stream.ts';
import type { Position } from './mailbox-events.ts';

export interface PushRequest {
  /** The subscription's id as the client has it. */
  readonly id: string;
  readonly name: string;
  readonly caller: string;
  readonly mailbox: string;
  readonly url: URL;
  /** Minutes. */
  readonly statusFrequency: number;
  /** RequestServerVersion of the client. */
  readonly version: string;
  readonly start: readonly Position[];
  /** The watermark the client was given for `start`. */
  readonly watermark: string;
  /** The caller's right to it, which may be taken. */
  readonly grant: LastingGrant;
  /** Lets folders tell a stream what happens; until the signal is aborted. @returns how each is left */
  readonly join: (stream: EventStream, signal: AbortSignal) => Promise<readonly (() => void)[]>;
  readonly watermarkOf: (positions: readonly Position[]) => string;
  /** Told when it is over. */
  readonly onOver: () => void;
}

export interface PushOptions {
  readonly connections: Dispatcher;
  readonly clock: Clock;
  /** Told why a subscription is over, unless its client ended it. */
  readonly onEnd: (subscription: Pick<PushRequest, 'caller' | 'mailbox' | 'url'>, reason: string) => void;
}

/** Each holds a poller and, while it posts, a connection. */
const MOST = 500;
const MOST_OF_CALLER = 20;
const MINUTE = 60_000;
/** After the first try; each time twice as long. */
const FIRST_RETRY = 30_000;
/** How long a client may take to answer. */
const PATIENCE = 30_000;
const LARGEST_ANSWER = 64 * 1024;

/** What a client answers, or why it does not. */
type Answer = 'OK' | 'Unsubscribe' | { readonly failed: string };

export class PushSubscriptions {
  readonly #options: PushOptions;
  readonly #running = new Map<string, { readonly caller: string; readonly ending: AbortController }>();

  constructor(options: PushOptions) {
    this.#options = options;
  }

  /**
   * Keeps a place for one, until {@link end}.
   *
   * @param name the subscription's
   * @throws ResponseError ErrorExceededSubscriptionCount where the caller, or all together, have as many as they may
   */
  admit(name: string, caller: string): void {
    const own = [...this.#running.values()].filter((other) => other.caller === caller).length;
    if (own >= MOST_OF_CALLER || this.#running.size >= MOST)
      throw new ResponseError(
        'ErrorExceededSubscriptionCount',
        `There are ${own} push subscriptions of this caller and ${this.#running.size} in all; ` +
          `${MOST_OF_CALLER} and ${MOST} may be.`,
      );
    this.#running.set(name, { caller, ending: new AbortController() });
  }

  /** Begins to push for one that was admitted. */
  start(pushed: PushRequest): void {
    const ending = this.#running.get(pushed.name)?.ending;
    if (ending === undefined) throw new Error('a push subscription that was not admitted');
    void this.#push(pushed, AbortSignal.any([ending.signal, pushed.grant.signal]))
      .catch(errorText)
      .then((reason) => {
        this.end(pushed.name);
        pushed.grant.end();
        pushed.onOver();
        if (reason !== undefined) this.#options.onEnd(pushed, reason);
      });
  }

  /** Ends one, if this gateway has it. */
  end(name: string): void {
    this.#running.get(name)?.ending.abort();
    this.#running.delete(name);
  }

  /** Ends all of them, then closes connections. */
  async close(): Promise<void> {
    for (const { ending } of this.#running.values()) ending.abort();
    await this.#options.connections.destroy();
  }

  /** @returns why it is over; undefined where the client ended it, or the gateway takes it from the caller */
  async #push(pushed: PushRequest, signal: AbortSignal): Promise<string | undefined> {
    const { id, start, statusFrequency, watermarkOf, join } = pushed;
    const stream = new EventStream(new Map([[id, start]]), this.#options.clock);
    const leave = await join(stream, signal);
    try {
      let { watermark } = pushed;
      // The first one is sent at once, so that an address that does not answer is found out.
      for (let isFirst = true; ; isFirst = false) {
        if (!isFirst) await stream.wait(statusFrequency * MINUTE, signal);
        if (signal.aborted) return undefined;
        const { waiting, positions } = stream.take();
        if (stream.isOverrun) return 'more events came than may wait';
        if (stream.failed !== undefined) return 'a folder cannot be watched any more';
        const next = watermarkOf(positions.get(id) ?? start);
        const events = waiting.flatMap((one) => one.events);
        const answer = await this.#deliver(pushed, notification(id, watermark, next, events, false), signal);
        if (signal.aborted || answer === 'Unsubscribe') return undefined;
        if (answer !== 'OK') return answer.failed;
        watermark = next;
      }
    } finally {
      for (const one of leave) one();
    }
  }

  /** Posts it until it is answered: again 30 s after the first time, after 60 s, 120 s, …, up to StatusFrequency. */
  async #deliver(pushed: PushRequest, content: XmlFragment, signal: AbortSignal): Promise<Answer> {
    const longest = pushed.statusFrequency * MINUTE;
    for (let [passed, at] = [0, FIRST_RETRY]; ; [passed, at] = [at, at * 2]) {
      const answer = await this.#post(pushed, content, signal);
      if (typeof answer === 'string' || signal.aborted || at > longest) return answer;
      await this.#options.clock.pause(at - passed, signal);
      if (signal.aborted) return answer;
    }
  }

  async #post({ url, version }: PushRequest, content: XmlFragment, signal: AbortSignal): Promise<Answer> {
    try {
      // Redirects are not followed: they would lead to where nobody has allowed it.
      const { statusCode, body } = await request(url, {
        dispatcher: this.#options.connections,
        method: 'POST',
        headers: {
          'content-type': 'text/xml; charset=utf-8',
          'soapaction': `"${EWS_MESSAGES}/SendNotification"`,
        },
        body: envelope(version, content),
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
      });
      // Destroyed before its end it emits an error, also where nobody reads it any more. Who reads it hears of it.
      body.on('error', () => undefined);
      const answer = statusCode === 200 ? statusOf(await textOf(body)) : undefined;
      if (answer !== undefined) return answer;
      body.destroy();
      return { failed: `the address answers HTTP ${statusCode} without a SubscriptionStatus` };
    } catch (error) {
      return { failed: errorText(error) };
    }
  }
}

function envelope(version: string, content: XmlFragment): string {
  const message = successMessage('SendNotification', content);
  const body = xml`<m:SendNotification><m:ResponseMessages>${message}</m:ResponseMessages></m:SendNotification>`;
  const { markup } = xml`<s:Envelope xmlns:s="${SOAP_11}" xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}"
    ><s:Header><t:RequestServerVersion Version="${version}"/></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
  return `<?xml version="1.0" encoding="utf-8"?>${markup}`;
}

/** @throws Error where it is longer than any such answer */
async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const content = await readBounded(body, LARGEST_ANSWER);
  if (content === undefined) throw new Error('the address answers more than a SubscriptionStatus');
  return content.toString();
}

function statusOf(text: string): 'OK' | 'Unsubscribe' | undefined {
  const status = /<(?:[\w.-]{1,64}:)?SubscriptionStatus(?:\s[^<>]{0,1000})?>\s{0,100}(OK|Unsubscribe)\s{0,100}</.exec(
    text,
  );
  return status?.[1] as 'OK' | 'Unsubscribe' | undefined;
}

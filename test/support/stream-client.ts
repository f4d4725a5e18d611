/** A client that listens to a stream of notifications, chunk by chunk as real ones do. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { envelope } from './envelopes.ts';
import { ALICE, basic } from './stack.ts';
import { eventsIn } from './subscriber.ts';

export function getStreamingEvents(ids: readonly string[], minutes = 1): string {
  const list = ids.map((id) => `<t:SubscriptionId>${id}</t:SubscriptionId>`).join('');
  return envelope(
    `<m:GetStreamingEvents><m:SubscriptionIds>${list}</m:SubscriptionIds>` +
      `<m:ConnectionTimeout>${minutes}</m:ConnectionTimeout></m:GetStreamingEvents>`,
  );
}

export class StreamClient {
  readonly #response: IncomingMessage;
  readonly #close: () => void;
  /** What came, a chunk in each. */
  readonly chunks: string[] = [];
  #onChunk: () => void = () => undefined;
  /** Resolved when the stream has ended, with whether it ended well. */
  readonly ended: Promise<boolean>;

  private constructor(response: IncomingMessage, close: () => void) {
    this.#response = response;
    this.#close = close;
    response.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk.toString());
      this.#onChunk();
    });
    this.ended = new Promise((resolve) => {
      response.once('end', () => resolve(true));
      response.once('close', () => resolve(response.complete));
    });
    void this.ended.then(() => this.#onChunk());
  }

  static async open(
    url: string,
    ids: readonly string[],
    {
      authorization = basic(ALICE),
      minutes = 1,
      body = getStreamingEvents(ids, minutes),
    }: { readonly authorization?: string; readonly minutes?: number; readonly body?: string } = {},
  ): Promise<StreamClient> {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { 'content-type': 'text/xml; charset=utf-8', authorization },
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new StreamClient(response, () => request.destroy());
  }

  get status(): number {
    return this.#response.statusCode ?? 0;
  }

  get text(): string {
    return this.chunks.join('');
  }

  /** All events so far, in the form `Created ID`. */
  get events(): string[] {
    return eventsIn(this.text);
  }

  /** Waits for as many events. @throws Error where the stream ends before */
  async until(count: number): Promise<string[]> {
    while (this.events.length < count) {
      const isOver = await Promise.race([
        new Promise<false>((resolve) => (this.#onChunk = () => resolve(false))),
        this.ended.then(() => true),
      ]);
      if (isOver && this.events.length < count) throw new Error(`the stream has ended: ${this.text}`);
    }
    return this.events;
  }

  close(): void {
    this.#close();
  }
}

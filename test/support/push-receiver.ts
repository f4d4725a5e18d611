/** A client's address to which notifications are pushed. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { eventsIn } from './subscriber.ts';

/** How it answers: a SubscriptionStatus, or anything else. */
export type ReceiverAnswer = 'OK' | 'Unsubscribe' | ((response: ServerResponse) => void);

export interface Notification {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export class PushReceiver {
  /** What was posted, in its order. */
  readonly notifications: Notification[] = [];
  /** The answer to the next ones. */
  answer: ReceiverAnswer = 'OK';
  readonly #server = createServer((request, response) => void this.#receive(request, response));
  #onNotification: () => void = () => undefined;

  static async start(t: Test): Promise<PushReceiver> {
    const receiver = new PushReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => {
      receiver.#server.closeAllConnections();
      receiver.#server.close();
    });
    return receiver;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The notifications to a path, once there are as many. */
  async until(count: number, path = '/'): Promise<readonly Notification[]> {
    const found = (): Notification[] => this.notifications.filter((one) => one.path === path);
    while (found().length < count) await new Promise<void>((resolve) => (this.#onNotification = resolve));
    return found();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { url = '', headers } = request;
    this.notifications.push({ path: url, headers, body: Buffer.concat(pieces).toString() });
    if (typeof this.answer === 'function') this.answer(response);
    else response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8' }).end(resultOf(this.answer));
    this.#onNotification();
  }
}

function resultOf(status: string): string {
  return (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' +
    '<SendNotificationResult xmlns="http://schemas.microsoft.com/exchange/services/2006/messages">' +
    `<SubscriptionStatus>${status}</SubscriptionStatus></SendNotificationResult></s:Body></s:Envelope>`
  );
}

/** Watermarks before and behind a notification, and its events in the form `Created ID`. */
export function readNotification({ body }: Notification): {
  readonly previous: string;
  readonly last: string;
  readonly events: readonly string[];
} {
  return {
    previous: /<t:PreviousWatermark>([^<]+)</.exec(body)?.[1] ?? '',
    last: [...body.matchAll(/<t:Watermark>([^<]+)</g)].at(-1)?.[1] ?? '',
    events: eventsIn(body).filter((event) => event !== 'Status'),
  };
}

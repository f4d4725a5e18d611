/** Requests of a client that wants notifications, and what their answers say. */
import { envelope } from './envelopes.ts';
import type { Answer } from './stack.ts';

const INBOX = '<t:DistinguishedFolderId Id="inbox"/>';

export interface SubscribeRequest {
  readonly kind?: 'Pull' | 'Streaming' | 'Push';
  /** Folder elements; empty for all folders. */
  readonly folders?: string;
  readonly types: readonly string[];
  readonly watermark?: string;
  /** Of what is pushed. */
  readonly url?: string;
  /** Minutes, of what is pushed. */
  readonly statusFrequency?: number;
}

export function subscribeTo(request: SubscribeRequest): string {
  const { kind = 'Pull', folders = INBOX, types, watermark, url = '', statusFrequency = 1 } = request;
  const ids = folders === '' ? '' : `<t:FolderIds>${folders}</t:FolderIds>`;
  const events = types.map((type) => `<t:EventType>${type}Event</t:EventType>`).join('');
  const mark = watermark === undefined ? '' : `<t:Watermark>${watermark}</t:Watermark>`;
  const timeout = {
    Pull: '<t:Timeout>10</t:Timeout>',
    Push: `<t:StatusFrequency>${statusFrequency}</t:StatusFrequency><t:URL>${url}</t:URL>`,
    Streaming: '',
  }[kind];
  return envelope(
    `<m:Subscribe><m:${kind}SubscriptionRequest${folders === '' ? ' SubscribeToAllFolders="true"' : ''}>${ids}` +
      `<t:EventTypes>${events}</t:EventTypes>${mark}${timeout}</m:${kind}SubscriptionRequest></m:Subscribe>`,
  );
}

export function getEvents(id: string, watermark: string): string {
  return envelope(
    `<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>${watermark}</m:Watermark></m:GetEvents>`,
  );
}

export function unsubscribeFrom(id: string): string {
  return envelope(`<m:Unsubscribe><m:SubscriptionId>${id}</m:SubscriptionId></m:Unsubscribe>`);
}

export function idOfSubscription({ text }: Pick<Answer, 'text'>): string {
  return /<m:SubscriptionId>([^<]+)</.exec(text)?.[1] ?? '';
}

/** Events in the form `Created ID`, in their order. */
export function eventsIn(text: string): string[] {
  return [...text.matchAll(/<t:(\w+)Event>(.*?)<\/t:\1Event>/gs)].map(([, kind = '', inner = '']) =>
    `${kind} ${/<t:ItemId Id="([^"]+)"/.exec(inner)?.[1] ?? ''}`.trim(),
  );
}

/** A client that pulls. */
export class PullingClient {
  readonly #post: (body: string) => Promise<Answer>;
  id = '';
  watermark = '';

  constructor(post: (body: string) => Promise<Answer>) {
    this.#post = post;
  }

  async subscribe(request: SubscribeRequest): Promise<string> {
    const answer = await this.#post(subscribeTo(request));
    this.id = idOfSubscription(answer);
    this.watermark = /<m:Watermark>([^<]+)</.exec(answer.text)?.[1] ?? '';
    return answer.text;
  }

  /** Events since the last time. @throws Error where the answer is none of a success */
  async pull(): Promise<string[]> {
    const { text } = await this.#post(getEvents(this.id, this.watermark));
    this.watermark = [...text.matchAll(/<t:Watermark>([^<]+)</g)].at(-1)?.[1] ?? '';
    if (this.watermark === '') throw new Error(text);
    return eventsIn(text);
  }
}

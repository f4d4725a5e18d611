/** A client that keeps a copy of a folder by its events alone: it looks at what has an event, and at nothing else. */
import { envelope } from './envelopes.ts';
import type { Answer } from './stack.ts';
import { eventsIn, getEvents, PullingClient, type SubscribeRequest } from './subscriber.ts';

export const ALL_TYPES = ['NewMail', 'Created', 'Deleted', 'Modified', 'Moved', 'Copied'];

export class EventClient {
  /** Whether each message is read, by EWS's id. */
  readonly items: Map<string, boolean>;
  readonly #post: (body: string) => Promise<Answer>;
  readonly #subscription: PullingClient;
  /** Watermarks it had, the latest last. */
  readonly #past: string[] = [];

  /** @param items what it knows already */
  constructor(post: (body: string) => Promise<Answer>, items: ReadonlyMap<string, boolean>) {
    this.#post = post;
    this.#subscription = new PullingClient(post);
    this.items = new Map(items);
  }

  async subscribe(request: SubscribeRequest): Promise<void> {
    await this.#subscription.subscribe(request);
  }

  /** One request. @returns whether there are more @throws Error where the watermark is not the one it gave */
  async pull(): Promise<boolean> {
    const { id, watermark } = this.#subscription;
    const { text } = await this.#post(getEvents(id, watermark));
    const next = [...text.matchAll(/<t:Watermark>([^<]+)</g)].at(-1)?.[1];
    if (next === undefined) throw new Error(text);
    if (!text.includes(`<t:PreviousWatermark>${watermark}</`)) throw new Error('the watermark goes back');
    this.#past.push(watermark);
    this.#subscription.watermark = next;
    await this.apply(eventsIn(text));
    return text.includes('<t:MoreEvents>true<');
  }

  /** Goes back to the watermark before the last request, as a client does that crashed. */
  rewind(): void {
    const before = this.#past.pop();
    if (before !== undefined) this.#subscription.watermark = before;
  }

  /** @param events in the form `Created ID` */
  async apply(events: readonly string[]): Promise<void> {
    const changed = new Set<string>();
    for (const [kind = '', id = ''] of events.map((event) => event.split(' '))) {
      if (kind === 'Status') continue;
      if (kind === 'Deleted') this.items.delete(id);
      else changed.add(id);
    }
    if (changed.size > 0) await this.#read([...changed]);
  }

  async #read(ids: readonly string[]): Promise<void> {
    const { text } = await this.#post(
      envelope(
        '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>' +
          '<t:FieldURI FieldURI="message:IsRead"/></t:AdditionalProperties></m:ItemShape>' +
          `<m:ItemIds>${ids.map((id) => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`,
      ),
    );
    const messages = [...text.matchAll(/<m:GetItemResponseMessage .*?<\/m:GetItemResponseMessage>/gs)];
    if (messages.length !== ids.length) throw new Error(text);
    for (const [index, [message]] of messages.entries()) {
      const id = ids[index] ?? '';
      if (message.includes('>NoError<')) this.items.set(id, message.includes('<t:IsRead>true<'));
      else if (message.includes('>ErrorItemNotFound<')) this.items.delete(id);
      else throw new Error(message);
    }
  }
}

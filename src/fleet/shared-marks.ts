/**
 * Marks that end by themselves: back-offs and GUIDs of mailboxes, owners of subscriptions. Each gateway holds all of
 * them in memory; Redis holds them for gateways that come later, in a sorted set by their end. Only a later end
 * replaces one.
 */
import { NOW, script, type Reply } from './redis-link.ts';
import type { Speaker } from './shared-table.ts';

/** A mark as it is kept here. */
export interface Mark {
  readonly text: string;
  /** Milliseconds until it ends. */
  readonly remaining: number;
}

export function isMark(value: unknown): value is Mark {
  const { text, remaining } = (value ?? {}) as Partial<Record<keyof Mark, unknown>>;
  return typeof text === 'string' && typeof remaining === 'number' && remaining > 0 && remaining < LONGEST;
}

/** What is done with marks of other gateways, and which ones are held here. */
export interface MarkHolder {
  take(mark: Mark): void;
  held(): Iterable<Mark>;
}

/** In milliseconds, far beyond what any mark lasts. */
const LONGEST = 30 * 86_400_000;
/** Beyond this the oldest are forgotten. */
const MAX_MARKS = 50_000;

/** KEYS: the set. ARGV: text, milliseconds until its end, channel, message, the most marks. */
const ADD = script(`
${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZADD', KEYS[1], 'GT', 'CH', now + ARGV[2], ARGV[1]) == 1 then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
local excess = redis.call('ZCARD', KEYS[1]) - ARGV[5]
if excess > 0 then redis.call('ZPOPMIN', KEYS[1], excess) end
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if last[2] then redis.call('PEXPIREAT', KEYS[1], math.ceil(last[2]) + 1000) end
return 1
`);

/** KEYS: the set. ARGV: how many to leave out, how many to give. Returns text and remaining milliseconds in turn. */
const LIST = script(`
${NOW}
local found = redis.call('ZRANGE', KEYS[1], '(' .. now, '+inf', 'BYSCORE', 'LIMIT', ARGV[1], ARGV[2], 'WITHSCORES')
for i = 2, #found, 2 do found[i] = math.floor(found[i] - now) end
return found
`);
const PAGE = 500;

/** What those need that keep marks of one kind. */
export type Marks = Pick<SharedMarks, 'add' | 'hold'>;

export class SharedMarks {
  readonly #name: string;
  readonly #speaker: Speaker;
  readonly #holders = new Set<MarkHolder>();

  constructor(name: string, speaker: Speaker) {
    this.#name = name;
    this.#speaker = speaker;
  }

  /** Adds one that gets all marks, those that there are already as well. @returns what ends that */
  hold(holder: MarkHolder): () => void {
    this.#holders.add(holder);
    // Before this gateway has joined it hears of them when it does.
    this.#listFor([holder]).catch(() => undefined);
    return () => this.#holders.delete(holder);
  }

  /** Tells the others; they do without where Redis is away. */
  add(mark: Mark): void {
    this.#add(mark).catch(() => undefined);
  }

  /** What another gateway has added. */
  receive(mark: Mark): void {
    for (const holder of this.#holders) holder.take(mark);
  }

  /** Gets those of the others, and puts there what is held here. @throws RedisAway */
  async join(): Promise<void> {
    const there = await this.#listFor(this.#holders);
    const lacking = [...this.#holders].flatMap((holder) => [...holder.held()].filter(({ text }) => !there.has(text)));
    // Not one by one: thousands of round trips to a Redis that has forgotten everything would keep this gateway alone.
    for (let begin = 0; begin < lacking.length; begin += PAGE)
      await Promise.all(lacking.slice(begin, begin + PAGE).map((mark) => this.#add(mark)));
  }

  /** @returns texts of the marks that there are */
  async #listFor(holders: Iterable<MarkHolder>): Promise<ReadonlySet<string>> {
    const there = new Set<string>();
    for (let pages = 0; ;) {
      const marks = marksOf(await this.#speaker.link.run(LIST, [this.#name], [there.size, PAGE]));
      for (const mark of marks) {
        there.add(mark.text);
        for (const holder of holders) holder.take(mark);
      }
      // A server that gives the same again and again would hold this up for ever.
      if (marks.length < PAGE || ++pages > MAX_MARKS / PAGE) return there;
    }
  }

  async #add({ text, remaining }: Mark): Promise<void> {
    const milliseconds = Math.ceil(remaining);
    const mark = { text, remaining: milliseconds };
    const { link, channel, sender } = this.#speaker;
    const message = JSON.stringify({ sender, marks: this.#name, mark });
    await link.run(ADD, [this.#name], [text, milliseconds, link.key(channel), message, MAX_MARKS]);
  }
}

function marksOf(reply: Reply): Mark[] {
  if (!Array.isArray(reply)) return [];
  const marks: Mark[] = [];
  for (let index = 0; index + 1 < reply.length; index += 2) {
    const mark = { text: String(reply[index]), remaining: Number(reply[index + 1]) };
    if (isMark(mark)) marks.push(mark);
  }
  return marks;
}

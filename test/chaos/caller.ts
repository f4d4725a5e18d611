/** A caller whose imports are disturbed, and what became of its mail. */
import type { GraphFault } from '../../src/simulator/graph/faults.ts';
import type { ScriptedFault } from '../../src/simulator/fault-script.ts';
import type { Mailbox } from '../../src/simulator/mailbox/mailbox.ts';
import { Dice } from '../fuzz/cases.ts';
import { envelope } from '../support/envelopes.ts';
import { Disk, importAll, refusalOf } from '../support/importer.ts';
import { mail, type Answer } from '../support/stack.ts';
import { Plan, type Service, type Stroke, type TroubleName } from './faults.ts';
import type { Outages } from './outages.ts';

/** How a connection to Exchange breaks: before the request is carried out, or within the answer. */
export type Cut = 'before' | 'midway';

export interface CallerOptions {
  readonly mailbox: Mailbox;
  readonly seed: number;
  readonly outages: Outages;
  /** Whether Exchange serves it first, until it switches EWS off. */
  readonly beginsWithEws: boolean;
  /** Whether Exchange has switched EWS off. */
  readonly isEwsOff: () => boolean;
  /** Disturbances that have to happen, one after the other, whatever the dice say. */
  readonly opening: readonly TroubleName[];
  /** Sends a request to the gateway as this caller. */
  readonly post: (body: string) => Promise<Answer>;
  /** Whether there are disturbances still. */
  readonly isDisturbed: () => boolean;
}

/** A mail that was put into the Inbox. */
interface Delivered {
  readonly subject: string;
  readonly files: readonly { readonly name: string; readonly content: string }[];
}

/** Milliseconds that one import may take, however often it is disturbed. */
export const PATIENCE = 600_000;

export class ChaosCaller {
  readonly mailbox: Mailbox;
  readonly disk = new Disk();
  readonly delivered: Delivered[] = [];
  /** Requests that a direct client would have lost as well, by step and attempt. */
  readonly cuts = new Map<string, Cut>();
  readonly problems: string[] = [];
  readonly struck: Stroke[] = [];
  requests = 0;
  /** Requests that did not bring the client what it asked for. */
  failures = 0;
  /** Requests under way when the gateway was told to end, which it answered before it did. */
  drained = 0;
  readonly #opening: TroubleName[];
  readonly #options: CallerOptions;
  readonly #dice: Dice;
  readonly #attempts = new Attempts();
  #plan: Plan | undefined;
  /** Whether the gateway has heard for this caller that EWS is off. */
  #isOver = false;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.mailbox = options.mailbox;
    this.#opening = [...options.opening];
    this.#dice = diceFor(options.seed, options.mailbox.address);
  }

  /** What happens to a call that the gateway makes for the request under way. */
  disturb(service: Service, operation: string): GraphFault | ScriptedFault | undefined {
    const { beginsWithEws, isEwsOff, isDisturbed } = this.#options;
    if (service === 'ews' && isEwsOff()) this.#isOver = true;
    // Before that, the gateway looks ahead of its own accord whether Graph would answer.
    if (service === 'graph' && beginsWithEws && !this.#isOver) return undefined;
    return isDisturbed() ? this.#plan?.next(service, operation) : undefined;
  }

  /** Puts some mails into the Inbox, and imports all it holds. */
  async round(): Promise<void> {
    for (let count = 1 + this.#dice.below(4); count > 0; count--) await this.#deliver();
    await importAll({
      send: (operation, step) => this.#send(operation, step),
      disk: this.disk,
      pause: 1_000,
      patience: PATIENCE,
    });
  }

  /** Whether a mail lies in the folder "Processed". */
  isProcessed(subject: string): boolean {
    return this.processed.includes(subject);
  }

  /** Subjects of what lies in the folder "Processed". */
  get processed(): readonly string[] {
    const { folders, items } = this.mailbox;
    const folder = folders.childNamed(folders.resolve('inbox').id, 'Processed');
    return items.list(folder?.id ?? '').map(({ subject }) => subject);
  }

  async #deliver(): Promise<void> {
    const subject = `Invoice ${this.delivered.length + 1}`;
    const files = Array.from({ length: 1 + this.#dice.below(3) }, (_, index) => ({
      name: `scan-${index}.pdf`,
      content: `${subject}, page ${index}. `.repeat(this.#dice.chance(10) ? 20_000 : 20),
    }));
    this.delivered.push({ subject, files });
    await deliver(this.mailbox, { subject, files });
  }

  async #send(operation: string, step: string): Promise<Answer> {
    const { seed, outages, post } = this.#options;
    const attempt = this.#attempts.next(step);
    const plan = new Plan(diceFor(seed, `${this.mailbox.address} ${attempt}`), this.#opening);
    this.#plan = plan;
    this.requests++;
    const begun = performance.now();
    let refusal: string | undefined;
    try {
      const answer = await post(envelope(operation));
      refusal = refusalOf(answer);
      return answer;
    } catch (error) {
      refusal = String(error);
      throw error;
    } finally {
      this.#plan = undefined;
      this.struck.push(...plan.struck);
      const subject = /Invoice \d+$/.exec(step)?.[0] ?? '';
      const isGone = this.isProcessed(subject);
      const outage = outages.since(begun, plan.isUnderWay);
      if (outage === 'drained' && refusal === undefined) this.drained++;
      const isExcused =
        plan.excuses || outage === 'lost' || (isGone && refusal?.includes('ErrorItemNotFound') === true);
      // What was carried out although nobody heard of it is carried out for the direct client, too.
      if (isExcused) this.cuts.set(attempt, isGone ? 'midway' : 'before');
      if (refusal !== undefined) this.failures++;
      if (refusal !== undefined && !isExcused)
        this.problems.push(
          `${attempt}, ${plan.struck.map(({ name }) => name).join(' and ') || 'undisturbed'}: ${refusal}`,
        );
    }
  }
}

/** Numbers the attempts at each step. */
export class Attempts {
  readonly #made = new Map<string, number>();

  next(step: string): string {
    const attempt = (this.#made.get(step) ?? 0) + 1;
    this.#made.set(step, attempt);
    return `${step}, attempt ${attempt}`;
  }
}

export async function deliver(mailbox: Mailbox, { subject, files }: Delivered): Promise<void> {
  await mailbox.deliver(
    mail(
      subject,
      files.map(({ name, content }) => ({ name, contentType: 'application/pdf', content: Buffer.from(content) })),
    ),
  );
}

/** Dice that fall the same for the same words (FNV-1a). */
export function diceFor(seed: number, words: string): Dice {
  let hash = 0x811c9dc5 ^ seed;
  for (const byte of Buffer.from(words)) hash = Math.imul(hash ^ byte, 0x01000193);
  return new Dice(hash);
}

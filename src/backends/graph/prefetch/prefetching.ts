/** What a backend fetches ahead of requests, for whom, and until when it counts. */
import type { EwsRequest } from '../../backend.ts';
import type { Clock } from '../../clock.ts';
import type { MailboxGate } from '../../mailbox-gate.ts';
import type { MailboxDirectory } from '../mailbox-directory.ts';
import type { RequestCalls } from '../request-calls.ts';
import { ItemWalks } from './item-walks.ts';
import { PrefetchedAnswers, type PrefetchResult } from './prefetched-answers.ts';
import { RequestPrefetch, type PrefetchEnvironment } from './request-prefetch.ts';

export interface PrefetchingOptions {
  /** `graph.prefetch` of the configuration. */
  readonly isOn: boolean;
  /** Whether other gateways may change a mailbox without this one's knowing. */
  readonly isShared: boolean;
  readonly gate: MailboxGate;
  readonly directory: MailboxDirectory;
  readonly clock: Clock;
  /** Called with what became of each answer that was fetched. */
  readonly onEnd: (result: PrefetchResult) => void;
}

export class Prefetching {
  readonly #isOn: boolean;
  readonly #environment: PrefetchEnvironment;

  constructor({ isOn, isShared, gate, directory, clock, onEnd }: PrefetchingOptions) {
    this.#isOn = isOn;
    this.#environment = {
      answers: new PrefetchedAnswers(clock, onEnd),
      walks: isShared ? undefined : new ItemWalks(),
      gate,
      directory,
    };
  }

  /** Undefined for a request that no calls may be made ahead of. */
  of({ caller, sink, outlive, prefetched }: EwsRequest, calls: RequestCalls): RequestPrefetch | undefined {
    if (!this.#isOn || outlive === undefined || prefetched === undefined) return undefined;
    return new RequestPrefetch(this.#environment, { caller, sink, outlive, prefetched }, calls);
  }

  /** Something in a mailbox has changed, or may have. @param address one of its addresses */
  changed(address: string): void {
    const { answers, walks, directory } = this.#environment;
    const mailbox = directory.slotKeyOf(address);
    answers.forget(mailbox);
    walks?.interrupt(mailbox);
  }

  /** Gives up what nobody has asked for. */
  close(): void {
    this.#environment.answers.close();
  }
}

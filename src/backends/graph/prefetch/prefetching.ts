/** What a backend fetches ahead of requests, for whom, and until when it counts. */
import type { EwsRequest } from '../../backend.ts';
import type { Clock } from '../../clock.ts';
import type { MailboxGate } from '../../mailbox-gate.ts';
import type { MailboxDirectory } from '../mailbox-directory.ts';
import type { RequestCalls } from '../request-calls.ts';
import { ItemWalks } from './item-walks.ts';
import type { PrefetchResult } from './prefetch-habits.ts';
import { PrefetchedAnswers } from './prefetched-answers.ts';
import { mailboxKey, RequestPrefetch, type PrefetchEnvironment, type PrefetchingRequest } from './request-prefetch.ts';

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
  of(request: EwsRequest, calls: RequestCalls): RequestPrefetch | undefined {
    return this.#isOn && allowsPrefetch(request) ? new RequestPrefetch(this.#environment, request, calls) : undefined;
  }

  /** Something in a mailbox has changed, or may have. @param address one of its addresses; default: of any mailbox */
  changed(address?: string): void {
    const { answers, walks, directory } = this.#environment;
    const mailbox = address === undefined ? undefined : mailboxKey(directory, address);
    answers.forget(mailbox);
    walks?.interrupt(mailbox);
  }

  /** A client's call waits for a slot. @param mailbox by what its slots are counted */
  giveWay(mailbox: string): void {
    this.#environment.answers.giveWay(mailbox.toLowerCase());
  }

  /** Gives up what nobody has asked for. */
  close(): void {
    this.#environment.answers.forget();
  }
}

function allowsPrefetch(request: EwsRequest): request is PrefetchingRequest {
  return request.outlive !== undefined && request.prefetched !== undefined;
}

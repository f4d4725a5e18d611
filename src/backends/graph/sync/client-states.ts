/** What clients keep for the gateway between requests: sealed for one caller and mailbox, and for one purpose. */
import type { EwsRequest } from '../../backend.ts';
import { subscriptionBinding } from '../../../state/state-sealer.ts';

export type StatePurpose = 'sync-items' | 'sync-hierarchy' | 'subscription' | 'watermark';

export class ClientStates {
  readonly #request: Pick<EwsRequest, 'sealer' | 'caller'>;

  /** @param request its sealer is asked for at the first use: not every installation has a key */
  constructor(request: Pick<EwsRequest, 'sealer' | 'caller'>) {
    this.#request = request;
  }

  /** @param mailbox address @param state plain JSON */
  seal(purpose: StatePurpose, mailbox: string, state: unknown): string {
    const { sealer, caller } = this.#request;
    return sealer.seal({ ...subscriptionBinding(caller, mailbox), purpose }, state);
  }

  /** The state; undefined where the text was not sealed by a gateway for this caller, mailbox and purpose. */
  open<T>(purpose: StatePurpose, mailbox: string, text: string): T | undefined {
    const { sealer, caller } = this.#request;
    return sealer.open({ ...subscriptionBinding(caller, mailbox), purpose }, text) as T | undefined;
  }
}

/**
 * What the gateway keeps beyond one configuration: in files and memory of its own, and together with the other
 * gateways of its fleet where there is one. A reload keeps all that lies where it did.
 */
import { hkdfSync } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { CookieSigner } from '../backends/exchange/cookies.ts';
import { MailboxGuids } from '../backends/graph/mailbox-guids.ts';
import { BackendChoices } from '../backends/switching/choices.ts';
import { Enrolments } from '../callers/enrolments.ts';
import { MemoryLockoutStore, type LockoutStore } from '../callers/lockout-store.ts';
import { SharedLockoutStore } from '../callers/shared-lockout-store.ts';
import { SubscribedCallers } from '../callers/subscribed-callers.ts';
import type { Config } from '../config/types.ts';
import type { Fleet, FleetCommand, FleetStatus } from '../fleet/fleet.ts';
import { count } from '../quantity.ts';
import { UNSHARED, type Share } from '../state/sharing.ts';
import { StateSealer } from '../state/state-sealer.ts';
import { TokenStore } from '../state/token-store.ts';
import { AddedCallers } from './added-callers.ts';
import { openFleet } from './open-fleet.ts';

/** Beside the state file. */
const CHOICES_FILE = 'gateway-backends.json';
/** What gateways call the sign-ins that they share. */
export const SIGN_INS = 'sign-ins';

export interface KeptStateOptions {
  readonly log: Logger;
  readonly previous: KeptState | undefined;
  /** Called with what another gateway asks of all. */
  readonly onCommand: (command: FleetCommand, from: string) => void;
}

export class KeptState {
  readonly fleet: Fleet | undefined;
  readonly cookies: CookieSigner;
  readonly subscriptions: SubscribedCallers;
  readonly lockouts: LockoutStore;
  readonly guids: MailboxGuids;
  readonly enrolments: Enrolments;
  readonly choices: BackendChoices;
  readonly addedCallers: AddedCallers;
  readonly signIns: TokenStore | undefined;
  readonly #config: Config;

  /** @throws Error where a file cannot be read, or is none of its kind */
  constructor(config: Config, { log, previous, onCommand }: KeptStateOptions) {
    this.#config = config;
    const { stateFile, tokenStore, stateKeys } = config;
    const sameFleet =
      previous !== undefined &&
      isSame(previous.#config, config, ({ sharedState: shared, stateKeys: keys, outbound }) =>
        shared === undefined ? [] : [shared, keys, outbound.caCertificates],
      );
    const sameFiles = sameFleet && isSame(previous.#config, config, (one) => [one.stateFile, one.tokenStore]);
    if (sameFleet) {
      this.fleet = previous.fleet;
      this.cookies = previous.cookies;
      this.subscriptions = previous.subscriptions;
      this.lockouts = previous.lockouts;
      this.guids = previous.guids;
    } else {
      this.fleet = openFleet(config, { onChange: (status) => report(status, log), onCommand });
      const [secret] = this.fleet === undefined ? [] : stateKeys;
      this.cookies = new CookieSigner(secret && Buffer.from(hkdfSync('sha256', secret, '', 'ews-gateway cookies', 32)));
      const marks = this.fleet?.marks('subscriptions');
      this.subscriptions = new SubscribedCallers(marks && { marks, sealer: new StateSealer(stateKeys) });
      this.lockouts = this.fleet === undefined ? new MemoryLockoutStore() : new SharedLockoutStore(this.fleet);
      this.guids = new MailboxGuids(this.fleet?.marks('guids'));
    }
    if (sameFiles) {
      this.enrolments = previous.enrolments;
      this.choices = previous.choices;
      this.addedCallers = previous.addedCallers;
      this.signIns = previous.signIns;
      return;
    }
    const share = (name: string): Share => this.fleet?.share(name) ?? UNSHARED;
    this.enrolments = new Enrolments(stateFile, share('enrolments'));
    this.choices = new BackendChoices(join(dirname(stateFile), CHOICES_FILE), share('backends'));
    this.addedCallers = new AddedCallers(config, log, share('callers'));
    this.signIns =
      tokenStore === undefined ? undefined : new TokenStore(tokenStore.folder, tokenStore.key, share(SIGN_INS));
  }

  /** Leaves the fleet, unless `successor` goes on with it. */
  async close(successor?: KeptState): Promise<void> {
    if (successor?.fleet !== this.fleet) await this.fleet?.close();
  }
}

function isSame(old: Config, config: Config, of: (config: Config) => unknown): boolean {
  return JSON.stringify(of(old)) === JSON.stringify(of(config));
}

function report({ isJoined, problem, members }: FleetStatus, log: Logger): void {
  const here = members.filter(({ isHere }) => isHere);
  if (isJoined) {
    log.info(
      { gateways: here.map(({ host }) => host) },
      `state is shared: ${count(here.length, 'gateway')} in the fleet`,
    );
    return;
  }
  log.warn(
    { problem, gateways: here.length },
    'the server of sharedState is away: this gateway goes on alone, with what it holds, and joins again by itself',
  );
}

/** How a registration and a caller stand, as the page shows it. */
import type { SwitchStatus } from '../backends/backend.ts';
import type { ShadowResult } from '../backends/shadow/results.ts';
import type { BackendName, RegistrationConfig } from '../config/types.ts';
import type { UsedOperation } from '../diagnosis/graph-readiness/report.ts';
import type { CallerActivity } from '../telemetry/activity.ts';
import type { TokenState } from '../tokens/token-set.ts';

export interface RegistrationStatus {
  readonly config: RegistrationConfig;
  /** Ends of the tokens at hand: one, or one for each signed-in mailbox. */
  readonly tokens: readonly TokenState[];
  readonly credentialDaysLeft: number | undefined;
  /** Until EWS ends; undefined where the upstream is no Exchange Online. */
  readonly ewsDaysLeft: number | undefined;
  readonly running: number;
  readonly waiting: number;
  /** What answers its requests. */
  readonly backend: BackendName;
  /** With auto: the mailboxes that are not simply answered by EWS. */
  readonly switches: readonly SwitchStatus[];
  /** With `shadow: graph`: how answers of Graph compared. */
  readonly shadow: readonly ShadowResult[];
  /** Mailboxes that Exchange throttles, with the end of that in milliseconds since the epoch. */
  readonly cooldowns: ReadonlyMap<string, number>;
}

export interface CallerStatus {
  readonly username: string;
  readonly mailbox: string;
  readonly registration: string;
  readonly operations: string;
  readonly state: 'password' | 'no-password' | 'domain';
  readonly lockedUntil: Date | undefined;
  readonly enrolmentUntil: Date | undefined;
  readonly activity: CallerActivity | undefined;
  /** What it has used since the start, and how Graph serves that. */
  readonly used: readonly UsedOperation[];
  /** With `shadow: graph`: how answers of Graph to its requests compared. */
  readonly shadow: readonly ShadowResult[];
  /** Whether the Test button makes sense. */
  readonly testable: boolean;
  /** Whether it was added on the page. */
  readonly added: boolean;
  /** What to run where it has no password. */
  readonly nextCommand: string | undefined;
}

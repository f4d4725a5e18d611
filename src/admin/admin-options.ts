/** What the admin address shows and does is given to it. */
import type { Logger } from 'pino';
import type { Activity } from '../telemetry/activity.ts';
import type { WriterTrouble } from '../telemetry/log-trouble.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Runtime } from '../gateway/runtime.ts';
import type { RouteAs } from './test-run.ts';

export interface AdminOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly activity: Activity;
  /** The configuration in force now. */
  readonly runtime: () => Runtime;
  readonly isClosing: () => boolean;
  /** Addresses clients reach. */
  readonly urls: () => readonly string[];
  /** Logs that cannot be written, or could not lately. */
  readonly logTroubles: () => readonly WriterTrouble[];
  /** The EWS route for a caller who need not sign in. */
  readonly route: RouteAs;
}

/** What came of a sign-in: a caller, or why nobody was let in. */
import type { CallerConfig } from '../config/types.ts';
import type { Lock } from './lockout.ts';

/** Why a caller was not let in: for the log, never for the client. */
export type Refusal =
  | 'no-credentials'
  | 'unknown-user'
  | 'wrong-password'
  /** The right password or a caller's name, with a `?` for each letter beyond ASCII. */
  | 'question-marks'
  | 'no-password-yet'
  | 'source-address'
  | 'locked';

export interface Refused {
  readonly refusal: Refusal;
  /** The name that was tried, if one could be read. */
  readonly username?: string;
  /** Locks that this refusal has set, or meets. */
  readonly locks?: readonly Lock[];
  /** The wrong password holds a `?`, and nobody knows whether that stands for a letter beyond ASCII. */
  readonly maybeQuestionMarks?: true;
}

export type Authentication = { readonly caller: CallerConfig } | Refused;

/**
 * When Microsoft Graph takes over a mailbox from EWS: a table of what EWS answered and what Graph said of the Inbox.
 *
 * Nobody knows how EWS will answer once it has ended. Therefore the end date widens what counts as a proof; it is none
 * itself.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange
 */
import type { GatewayError } from '../../errors.ts';

/** How EWS answered, as far as it matters here. */
export type EwsSign =
  /** As EWS does; a fault is such an answer too. */
  | 'served'
  /** 403 with X-EWS-Policy-Reason: EWS is switched off, or this app not allowed. */
  | 'blocked'
  /** 403 without it: a licence without EWS, or an access policy. */
  | 'denied'
  /** No connection, 401, 404, 410, or no token for EWS. */
  | 'failed'
  /** Throttles, time-outs and cuts: they pass by themselves. */
  | 'unclear';

/** Whether Graph opens the mailbox's Inbox. */
export type GraphSign = 'not asked' | 'opens' | 'refuses' | 'busy';

export interface SwitchFacts {
  readonly ews: EwsSign;
  readonly graph: GraphSign;
  /** Whether EWS has ended by the calendar; never for an Exchange Server. */
  readonly ended: boolean;
  /** For how long EWS has failed without a success in between, in milliseconds. */
  readonly failingFor: number;
  /** Whether a 403 without a reason is proof enough; from the configuration. */
  readonly graphOnAccessDenied: boolean;
}

export type SwitchDecision = 'stay' | 'ask Graph' | 'switch';

/** So long EWS must have failed, after its end, before that counts as lasting: 5 minutes. */
export const LASTING = 300_000;

export function decideSwitch({ ews, graph, ended, failingFor, graphOnAccessDenied }: SwitchFacts): SwitchDecision {
  const asks = ews === 'blocked' || ews === 'denied' || (ews === 'failed' && ended && failingFor >= LASTING);
  if (!asks) return 'stay';
  if (graph === 'not asked') return 'ask Graph';
  if (graph !== 'opens') return 'stay';
  return ews === 'denied' && !graphOnAccessDenied && !ended ? 'stay' : 'switch';
}

/** What an error of the EWS backend says about EWS. */
export function signOf(error: GatewayError): EwsSign {
  // Once an answer has begun, EWS served.
  if (error.begun !== undefined) return 'unclear';
  switch (error.code) {
    case 'EWS_DISABLED':
    case 'EWS_BLOCKED_BY_POLICY':
      return 'blocked';
    case 'UPSTREAM_FORBIDDEN':
      return 'denied';
    case 'UPSTREAM_UNREACHABLE':
    case 'TOKEN_REJECTED_UPSTREAM':
    case 'TOKEN_REFUSED':
      return 'failed';
    case 'UPSTREAM_UNEXPECTED':
      return error.upstreamStatus === 404 || error.upstreamStatus === 410 ? 'failed' : 'unclear';
    default:
      return 'unclear';
  }
}

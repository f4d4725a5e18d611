/** What administrators read about a switch, or about one that does not come about. */
import type { BackendName } from '../../config/types.ts';
import type { GatewayError } from '../../errors.ts';
import type { InboxReply } from './open-inbox.ts';

/** What EWS did, in a sentence without a full stop. */
export function reasonFor({ code, upstreamStatus }: GatewayError): string {
  switch (code) {
    case 'EWS_DISABLED':
      return 'EWS is switched off for the tenant or this mailbox';
    case 'EWS_BLOCKED_BY_POLICY':
      return 'A policy of the tenant blocks EWS for this app or program';
    case 'UPSTREAM_FORBIDDEN':
      return 'Exchange refuses EWS to this mailbox (HTTP 403 without a reason)';
    default: {
      const status = upstreamStatus === undefined ? '' : `, HTTP ${upstreamStatus}`;
      return `EWS has failed for some minutes after its end (${code}${status})`;
    }
  }
}

/** Why Graph does not take over, without a full stop. */
export function noticeOf(mailbox: string, reply: InboxReply): string {
  switch (reply.kind) {
    case 'opens':
      return (
        'Microsoft Graph opens it. As Exchange gives no reason, Graph takes over only by ' +
        `${command(mailbox, 'graph')}, or with graphOnAccessDenied: true`
      );
    case 'refuses':
      return `Microsoft Graph would not work either: ${reply.text}`;
    case 'busy':
      return `Microsoft Graph cannot be asked at the moment: ${reply.text}`;
  }
}

/** Without a full stop. */
export function openAgain(mailbox: string): string {
  return `EWS is open again for it; to go back, at the price of a full synchronisation: ${command(mailbox, 'auto')}`;
}

function command(mailbox: string, setting: BackendName): string {
  return `ews-gateway backend ${mailbox} ${setting}`;
}

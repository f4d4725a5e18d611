/** Decides what a caller may do with one request: which operation, and as which mailbox. */
import type { CallerConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { checkAttributes, mailboxOf, operationDenied } from './body-rules.ts';

export interface AccessRequest {
  /** The EWS operation, undefined where the Body's first child is not one. */
  readonly operation: string | undefined;
  /** Attributes of its element. */
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  /** What the client's own ExchangeImpersonation asks for, if it sent one. */
  readonly impersonation: { readonly type: string; readonly value: string } | undefined;
}

/**
 * @returns the mailbox the request will act as, spelled as in the configuration
 * @throws GatewayError OPERATION_DENIED or IMPERSONATION_DENIED
 */
export function authorize(caller: CallerConfig, request: AccessRequest): string {
  if (request.operation === undefined) {
    throw new GatewayError(
      'OPERATION_DENIED',
      'The Body of the request does not begin with an EWS operation the gateway knows.',
    );
  }
  if (!caller.operations.has(request.operation)) {
    throw operationDenied(caller, request.operation, request.operation);
  }
  checkAttributes(caller, request.operation, request.attributes);
  if (request.impersonation === undefined) return caller.mailbox;
  const mailbox = mailboxOf(caller, request.impersonation.value);
  if (mailbox === undefined || request.impersonation.type === 'SID') {
    const hint =
      request.impersonation.type === 'SID'
        ? 'a SID, which the gateway cannot compare; use SmtpAddress'
        : `'${request.impersonation.value}'`;
    throw new GatewayError(
      'IMPERSONATION_DENIED',
      `Caller '${caller.username}' may not impersonate ${hint}. An administrator can add the address to its setting mayImpersonate.`,
    );
  }
  return mailbox;
}

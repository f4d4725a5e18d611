/** Decides what a caller may do with one request: which operation, and as which mailbox. */
import type { CallerConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { checkAttributes, operationDenied } from './body-rules.ts';
import { mailboxOf } from './mailboxes.ts';

export interface AccessRequest {
  /** The EWS operation, undefined where the Body's first child is not one. */
  readonly operation: string | undefined;
  /** Attributes of its element. */
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  /** What the client's own ExchangeImpersonation asks for, if it sent one. */
  readonly impersonation: { readonly type: string; readonly value: string } | undefined;
}

/** What was granted. */
export interface Granted {
  readonly operation: string;
  /** The mailbox the request will act as, spelled as in the configuration. */
  readonly mailbox: string;
}

/**
 * @throws GatewayError OPERATION_DENIED or IMPERSONATION_DENIED
 */
export function authorize(caller: CallerConfig, request: AccessRequest): Granted {
  const { operation } = request;
  if (caller.refusedMailbox !== undefined) {
    throw new GatewayError(
      'IMPERSONATION_DENIED',
      `Caller '${caller.username}' may not open mailbox '${caller.refusedMailbox.slice(0, 200)}', which stands ` +
        'behind its user name. An administrator can add the address to its setting mayImpersonate.',
    );
  }
  if (operation === undefined) {
    throw new GatewayError(
      'OPERATION_DENIED',
      'The Body of the request does not begin with an EWS operation the gateway knows.',
    );
  }
  if (!caller.operations.has(operation)) {
    throw operationDenied(caller, operation, operation);
  }
  checkAttributes(caller, operation, request.attributes);
  if (request.impersonation === undefined) return { operation, mailbox: caller.mailbox };
  const mailbox = mailboxOf(caller, request.impersonation.value);
  if (mailbox === undefined || request.impersonation.type === 'SID') {
    const hint =
      request.impersonation.type === 'SID'
        ? 'a SID, which the gateway cannot compare; use SmtpAddress'
        : `'${request.impersonation.value}'`;
    throw new GatewayError(
      'IMPERSONATION_DENIED',
      `Caller '${caller.username}' may not impersonate ${hint}. ` +
        'An administrator can add the address to its setting mayImpersonate.',
    );
  }
  return { operation, mailbox };
}

/** The mailboxes of a caller, for what names one in a request. */
export class CallerMailboxes {
  readonly #caller: CallerConfig;

  constructor(caller: CallerConfig) {
    this.#caller = caller;
  }

  /** The caller's own mailbox and those it may impersonate by name, not those of patterns. */
  get listed(): readonly string[] {
    return [this.#caller.mailbox, ...this.#caller.mayImpersonate];
  }

  /** The mailbox of this address, spelled as in the configuration; undefined where the caller may not open it. */
  mayOpen(address: string): string | undefined {
    return mailboxOf(this.#caller, address);
  }
}

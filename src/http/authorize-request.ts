/** Step 3 of the EWS route: may this caller do this, and as which mailbox. */
import type { MailboxAccess } from '../backends/backend.ts';
import type { RequestBody } from '../backends/request-body.ts';
import { authorize, CallerMailboxes } from '../callers/access.ts';
import { BodyRules, type SubscriptionOwners } from '../callers/body-rules.ts';
import type { CallerConfig } from '../config/types.ts';
import { operationName } from '../ews/operations.ts';
import { BodyScanner } from '../soap/body-scanner.ts';
import type { EnvelopeHead } from '../soap/envelope-head.ts';
import { looksSealed, subscriptionBinding } from '../state/state-sealer.ts';
import type { RouteContext } from './route-context.ts';

/** What a request was granted. */
export interface Grant {
  /** Name of the operation, as in services.wsdl. */
  readonly operation: string;
  /** The mailbox it acts as, spelled as in the configuration. */
  readonly mailbox: string;
  readonly mailboxes: MailboxAccess;
}

/**
 * From here on the body is held to the caller's rules as it streams: one operation, which names only what is the
 * caller's.
 *
 * @throws GatewayError OPERATION_DENIED, IMPERSONATION_DENIED, MAILBOX_DENIED, SUBSCRIPTION_UNKNOWN, …
 */
export function authorizeRequest(
  caller: CallerConfig,
  head: EnvelopeHead,
  body: RequestBody,
  runtime: RouteContext['runtime'],
): Grant {
  const { operation: tag, impersonation } = head;
  const { operation, mailbox } = authorize(caller, {
    operation: operationName(tag),
    attributes: tag.attributes,
    impersonation,
  });
  const owners: SubscriptionOwners = {
    // What was subscribed to over Graph says itself whose it is: any gateway with the same key can tell.
    isOwn: (id, name) =>
      runtime.subscriptions.isOwn(id, name) ||
      // Where nothing was sealed there may be no key.
      (looksSealed(id) && runtime.sealer.open(subscriptionBinding(name, mailbox), id) !== undefined),
  };
  body.inspect(new BodyScanner(head, new BodyRules(caller, tag.localName, owners)), head.endBytes);
  return { operation, mailbox, mailboxes: new CallerMailboxes(caller) };
}

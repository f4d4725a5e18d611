/**
 * What the body of a request may reach: mailboxes it names and subscriptions it uses must be the
 * caller's own. With the app's token the mailbox that is impersonated could open others by its
 * delegate rights, and Exchange takes all subscriptions for the app's.
 *
 * Recipients name mailboxes too; those are not looked at, and neither is ConvertId's Mailbox
 * attribute, which opens nothing.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/delegate-access-and-ews-in-exchange
 */
import type { CallerConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import type { SubscriptionOwners } from './subscription-owners.ts';

/** Elements that name the mailbox to open, by where they stand: the end of their path. */
const MAILBOX_PATHS: readonly (readonly string[])[] = [
  ['DistinguishedFolderId', 'Mailbox', 'EmailAddress'],
  ['FolderId', 'Mailbox', 'EmailAddress'],
  // Operations on one whole mailbox name it directly.
  ...['GetDelegate', 'AddDelegate', 'UpdateDelegate', 'RemoveDelegate'].map((operation) => [
    operation,
    'Mailbox',
    'EmailAddress',
  ]),
  ...['GetUserOofSettingsRequest', 'SetUserOofSettingsRequest'].map((operation) => [operation, 'Mailbox', 'Address']),
  ['GetInboxRules', 'MailboxSmtpAddress'],
  ['UpdateInboxRules', 'MailboxSmtpAddress'],
];

/** Without one of these a body names nothing that the rules judge. */
const WORDS = /Mailbox|SubscriptionId|PermissionSet|PushSubscriptionRequest|ExchangeImpersonation|Envelope/;
const NOTHING: ReadonlySet<string> = new Set();
const SENDS: ReadonlySet<string> = new Set(['SendOnly', 'SendAndSaveCopy']);

interface Attribute {
  readonly name: string;
  readonly value: string;
}

/**
 * Refuses what an operation's own attributes ask for beyond what was granted: an UpdateItem or
 * DeleteItem that sends.
 *
 * @throws GatewayError OPERATION_DENIED
 */
export function checkAttributes(caller: CallerConfig, operation: string, attributes: readonly Attribute[]): void {
  if (operation !== 'UpdateItem' && operation !== 'DeleteItem') return;
  if (caller.operations.has('SendItem')) return;
  for (const { name, value } of attributes) {
    const sends =
      name === 'MessageDisposition' ? SENDS.has(value) : name.startsWith('SendMeeting') && value !== 'SendToNone';
    if (sends)
      throw operationDenied(caller, `${operation} with ${name}="${value.slice(0, 40)}", which sends`, 'SendItem');
  }
}

/** Judges one body, told of its elements by a scanner. */
export class BodyRules {
  readonly words = WORDS;
  readonly texts: ReadonlySet<string>;
  readonly #caller: CallerConfig;
  readonly #subscriptions: SubscriptionOwners;

  constructor(caller: CallerConfig, operation: string, subscriptions: SubscriptionOwners) {
    this.#caller = caller;
    this.#subscriptions = subscriptions;
    this.texts = operation === 'ConvertId' ? NOTHING : DECISIVE;
  }

  /** @throws GatewayError OPERATION_DENIED, REQUEST_UNDECIDABLE */
  element(localName: string): void {
    // No operation has these; a lenient reader could take them for the envelope's own.
    if (localName === 'ExchangeImpersonation' || localName === 'Envelope')
      throw new GatewayError('REQUEST_UNDECIDABLE', `An element ${localName} stands inside the operation.`);
    const { operations } = this.#caller;
    if (localName === 'PermissionSet' && !operations.has('UpdateFolder'))
      throw operationDenied(this.#caller, 'PermissionSet, which gives others rights on a folder', 'UpdateFolder');
    if (localName === 'PushSubscriptionRequest' && !operations.has('PushSubscription'))
      throw operationDenied(
        this.#caller,
        'push subscriptions, which make Exchange send to any address',
        'PushSubscription',
      );
  }

  /** @throws GatewayError MAILBOX_DENIED or SUBSCRIPTION_UNKNOWN */
  text(path: readonly string[], text: string): void {
    if (path.at(-1) === 'SubscriptionId') {
      if (this.#subscriptions.isOwn(text, this.#caller.username)) return;
      throw new GatewayError(
        'SUBSCRIPTION_UNKNOWN',
        `Caller '${this.#caller.username}' has no such subscription. Subscribe anew.`,
      );
    }
    if (!MAILBOX_PATHS.some((wanted) => endsWith(path, wanted))) return;
    if (mailboxOf(this.#caller, text) !== undefined) return;
    throw new GatewayError(
      'MAILBOX_DENIED',
      `Caller '${this.#caller.username}' may not open mailbox '${text.slice(0, 200)}', which its request names. An administrator can add the address to its setting mayImpersonate.`,
    );
  }
}

const DECISIVE: ReadonlySet<string> = new Set(['SubscriptionId', ...MAILBOX_PATHS.map((path) => path.at(-1) ?? '')]);

/** The caller's mailbox of this address, spelled as in the configuration. */
export function mailboxOf(caller: CallerConfig, address: string): string | undefined {
  const wanted = address.toLowerCase();
  return [caller.mailbox, ...caller.mayImpersonate].find((candidate) => candidate.toLowerCase() === wanted);
}

function endsWith(path: readonly string[], end: readonly string[]): boolean {
  return end.every((name, index) => path[path.length - end.length + index] === name);
}

/** The refusal of `what`, which `missing` in the caller's setting would grant. */
export function operationDenied(caller: CallerConfig, what: string, missing: string): GatewayError {
  return new GatewayError(
    'OPERATION_DENIED',
    `Caller '${caller.username}' may not use ${what}: its setting is operations: ${caller.operationsSetting}. An administrator can add ${missing} there.`,
  );
}

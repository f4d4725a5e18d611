/**
 * What the body of a request may reach: mailboxes it names and subscriptions it uses must be the
 * caller's own. With the app's token the mailbox that is impersonated could open others by its
 * delegate rights, and Exchange takes all subscriptions for the app's.
 *
 * Where an element names a mailbox stands in mailbox-places.ts, which is derived from the schemas. Recipients
 * name mailboxes too; those and other exceptions are in docs/operations.md.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/delegate-access-and-ews-in-exchange
 */
import type { CallerConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { COMMON_PLACES, HOLDERS, OPERATION_PLACES } from './mailbox-places.ts';
import { mailboxOf } from './mailboxes.ts';

/** Whose a subscription is; SubscribedCallers is one. */
export interface SubscriptionOwners {
  isOwn(id: string, caller: string): boolean;
}

/** What is looked for in the bodies of one operation. */
interface OperationRules {
  /** Ends of paths. */
  readonly places: readonly (readonly string[])[];
  /** Without one of these a body names nothing that the rules judge. */
  readonly words: RegExp;
  readonly texts: ReadonlySet<string>;
  /** An element around one of the same name that is to be read. */
  readonly holder: string | undefined;
}

const ALWAYS = ['SubscriptionId', 'PermissionSet', 'PushSubscriptionRequest', 'ExchangeImpersonation', 'Envelope'];
const NOTHING: ReadonlySet<string> = new Set();
/** The names around the common places. */
const AROUND: ReadonlySet<string> = new Set(COMMON_PLACES.map((path) => path.at(-2) ?? ''));
const GENERAL = rulesOf('');
const RULES: ReadonlyMap<string, OperationRules> = new Map(
  [...OPERATION_PLACES.map(([operation = '']) => operation), ...HOLDERS.keys()].map((operation) => [
    operation,
    rulesOf(operation),
  ]),
);

function rulesOf(operation: string): OperationRules {
  const places = [...COMMON_PLACES, ...OPERATION_PLACES.filter(([first]) => first === operation)];
  // Of each path the name that is rarest in mail: the one below the first.
  const names = [...new Set([...ALWAYS, ...places.map((path) => path[1] ?? '')])];
  const words = names.filter((name) => !names.some((other) => other !== name && name.includes(other)));
  return {
    places,
    words: new RegExp(words.join('|')),
    texts: new Set(['SubscriptionId', ...places.map((path) => path.at(-1) ?? '')]),
    holder: HOLDERS.get(operation),
  };
}

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

/** Judges one body, whose elements a scanner reports. */
export class BodyRules {
  readonly words: RegExp;
  readonly #caller: CallerConfig;
  readonly #subscriptions: SubscriptionOwners;
  readonly #rules: OperationRules;
  /** Cleared once the outer of two elements of one name has begun, or cannot be told from another any more. */
  #holder: string | undefined;
  #texts: ReadonlySet<string>;
  /** The element whose text is being collected. */
  #collecting: string | undefined;

  /** @param operation local name of the Body's first child */
  constructor(caller: CallerConfig, operation: string, subscriptions: SubscriptionOwners) {
    this.#caller = caller;
    this.#subscriptions = subscriptions;
    this.#rules = RULES.get(operation) ?? GENERAL;
    this.#holder = this.#rules.holder;
    this.#texts = this.#rules.texts;
    this.words = this.#rules.words;
  }

  /** Local names of elements whose text is wanted; a scanner asks after each call of {@link element}. */
  get texts(): ReadonlySet<string> {
    return this.#texts;
  }

  /** @throws GatewayError OPERATION_DENIED or REQUEST_UNDECIDABLE */
  element(localName: string): void {
    // No operation has these; a lenient reader could take them for the envelope's own.
    if (localName === 'ExchangeImpersonation' || localName === 'Envelope')
      throw new GatewayError('REQUEST_UNDECIDABLE', `An element ${localName} stands inside the operation.`);
    if (this.#collecting !== undefined) {
      throw new GatewayError(
        'REQUEST_UNDECIDABLE',
        `In the request ${this.#collecting} holds another element (${localName.slice(0, 100)}), so that the gateway ` +
          'cannot tell which mailbox or subscription it names. It was not sent to Exchange.',
      );
    }
    const { operations } = this.#caller;
    if (localName === 'PermissionSet' && !operations.has('UpdateFolder'))
      throw operationDenied(this.#caller, 'PermissionSet, which gives others rights on a folder', 'UpdateFolder');
    if (localName === 'PushSubscriptionRequest' && !operations.has('PushSubscription'))
      throw operationDenied(
        this.#caller,
        'push subscriptions, which make Exchange send to any address',
        'PushSubscription',
      );
    const isHolder = localName === this.#holder;
    // What follows a name of a common place may stand in it, and is read.
    if (isHolder || AROUND.has(localName)) this.#holder = undefined;
    this.#texts = isHolder ? NOTHING : this.#rules.texts;
    if (this.#texts.has(localName)) this.#collecting = localName;
  }

  /** @throws GatewayError MAILBOX_DENIED or SUBSCRIPTION_UNKNOWN */
  text(path: readonly string[], text: string): void {
    this.#collecting = undefined;
    if (path.at(-1) === 'SubscriptionId') {
      if (this.#subscriptions.isOwn(text, this.#caller.username)) return;
      throw new GatewayError(
        'SUBSCRIPTION_UNKNOWN',
        `Caller '${this.#caller.username}' has no such subscription. Subscribe again.`,
      );
    }
    if (!this.#rules.places.some((wanted) => endsWith(path, wanted))) return;
    if (mailboxOf(this.#caller, text) !== undefined) return;
    throw new GatewayError(
      'MAILBOX_DENIED',
      `Caller '${this.#caller.username}' may not open mailbox '${text.slice(0, 200)}', which its request names. ` +
        'An administrator can add the address to its setting mayImpersonate.',
    );
  }
}

function endsWith(path: readonly string[], end: readonly string[]): boolean {
  return end.every((name, index) => path[path.length - end.length + index] === name);
}

/** The refusal of `what`, which `missing` in the caller's setting would grant. */
export function operationDenied(caller: CallerConfig, what: string, missing: string): GatewayError {
  return new GatewayError(
    'OPERATION_DENIED',
    `Caller '${caller.username}' may not use ${what}: its setting is operations: ${caller.operationsSetting}. ` +
      `An administrator can add ${missing} there.`,
  );
}

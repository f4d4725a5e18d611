/**
 * Properties of items as requests set them, for CreateItem, UpdateItem and attached items.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/setitemfield
 */
import { child, children, textAt, type EwsElement } from '../../ews/element.ts';
import { localeOf } from '../../ews/languages.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import type { ExtendedProperties, PropertyPath } from '../mailbox/extended-properties.ts';
import { recipient } from '../mailbox/message.ts';
import type { Flag, Importance, ItemChanges, Recipient, Sensitivity } from '../mailbox/types.ts';
import { KEPT_AS } from './item-values.ts';

/** What a property is set on: what was set before. */
export interface Target {
  readonly extended: ExtendedProperties;
  readonly bodyHtml: string | undefined;
  readonly bodyText: string | undefined;
}

export interface Setter {
  readonly uri: string;
  /** @param element the property's element; undefined where it is deleted */
  readonly set: (element: EwsElement | undefined, target: Target) => ItemChanges;
  /** Adds to what there is; undefined where the property cannot be appended to. */
  readonly append?: (element: EwsElement, target: Target & RecipientLists) => ItemChanges;
  /** Whether it may still be set on a message that is no draft (exchangelib: is_read_only_after_send). */
  readonly onlyDrafts?: boolean;
  /** Whether it can be deleted; default: yes. */
  readonly isRequired?: boolean;
}

/** What is longer is cut (exchangelib's tests, run against Exchange Online). */
const LONGEST_SUBJECT = 255;

type RecipientField = 'to' | 'cc' | 'bcc' | 'replyTo';
type RecipientLists = Readonly<Record<RecipientField, readonly Recipient[]>>;

function isTrue(element: EwsElement | undefined): boolean {
  return element !== undefined && /^(?:true|1)$/.test(element.text.trim());
}

function one<Name extends keyof ItemChanges>(uri: string, name: Name, more: Partial<Setter> = {}): Setter {
  return { uri, set: (element) => ({ [name]: element?.text }) as ItemChanges, ...more };
}

function lowered<Name extends 'importance' | 'sensitivity'>(uri: string, name: Name): Setter {
  return {
    uri,
    set: (element) => {
      const value = (element?.text.trim() ?? 'Normal').toLowerCase() as Importance & Sensitivity;
      return name === 'importance' ? { importance: value } : { sensitivity: value };
    },
  };
}

function truth(
  uri: string,
  name: 'isRead' | 'isReadReceiptRequested' | 'isDeliveryReceiptRequested',
  more: Partial<Setter> = {},
): Setter {
  return { uri, set: (element) => ({ [name]: isTrue(element) }), ...more };
}

function people(uri: string, name: RecipientField): Setter {
  return {
    uri,
    onlyDrafts: true,
    set: (element) => ({ [name]: recipientsOf(element) }),
    append: (element, target) => ({ [name]: [...target[name], ...recipientsOf(element)] }),
  };
}

function person(uri: string, name: 'from' | 'sender', more: Partial<Setter> = {}): Setter {
  return { uri, set: (element) => ({ [name]: recipientsOf(element)[0] }), ...more };
}

/** Kept as an extended property, as Exchange keeps it. */
function kept(uri: string, path: PropertyPath, valueOf: (element: EwsElement) => string): Setter {
  return {
    uri,
    set: (element, { extended }) => ({
      extended: element === undefined ? extended.without(path) : extended.with({ path, value: valueOf(element) }),
    }),
  };
}

/** By the name of the element. */
export const SETTERS: ReadonlyMap<string, Setter> = new Map<string, Setter>([
  ['ItemClass', one('item:ItemClass', 'itemClass', { isRequired: true })],
  [
    'Subject',
    { uri: 'item:Subject', set: (element) => ({ subject: (element?.text ?? '').slice(0, LONGEST_SUBJECT) }) },
  ],
  ['Sensitivity', lowered('item:Sensitivity', 'sensitivity')],
  ['Importance', lowered('item:Importance', 'importance')],
  ['Body', { uri: 'item:Body', set: bodyOf, append: appendBody }],
  ['Categories', { uri: 'item:Categories', set: (element) => ({ categories: categoriesOf(element) }) }],
  ['InReplyTo', one('item:InReplyTo', 'inReplyTo')],
  ['ReminderDueBy', kept('item:ReminderDueBy', KEPT_AS.reminderDueBy, ({ text }) => dateOf(text).toISOString())],
  ['ReminderIsSet', kept('item:ReminderIsSet', KEPT_AS.reminderIsSet, (element) => String(isTrue(element)))],
  [
    'ReminderMinutesBeforeStart',
    kept('item:ReminderMinutesBeforeStart', KEPT_AS.reminderMinutes, ({ text }) => text.trim()),
  ],
  ['Culture', kept('item:Culture', KEPT_AS.culture, ({ text }) => localeIn(text.trim()))],
  ['Flag', { uri: 'item:Flag', set: (element) => ({ flag: flagOf(element) }) }],
  ['Sender', person('message:Sender', 'sender')],
  ['ToRecipients', people('message:ToRecipients', 'to')],
  ['CcRecipients', people('message:CcRecipients', 'cc')],
  ['BccRecipients', people('message:BccRecipients', 'bcc')],
  ['ReplyTo', people('message:ReplyTo', 'replyTo')],
  ['IsReadReceiptRequested', truth('message:IsReadReceiptRequested', 'isReadReceiptRequested', { onlyDrafts: true })],
  [
    'IsDeliveryReceiptRequested',
    truth('message:IsDeliveryReceiptRequested', 'isDeliveryReceiptRequested', { onlyDrafts: true }),
  ],
  ['From', person('message:From', 'from', { onlyDrafts: true })],
  ['InternetMessageId', one('message:InternetMessageId', 'internetMessageId', { onlyDrafts: true })],
  // A flag of the store, which can be changed but not be absent.
  ['IsRead', truth('message:IsRead', 'isRead', { isRequired: true })],
  [
    'IsResponseRequested',
    kept('message:IsResponseRequested', KEPT_AS.isResponseRequested, (element) => String(isTrue(element))),
  ],
  ['References', one('message:References', 'references')],
]);

/** @throws ResponseError */
function localeIn(language: string): string {
  const locale = localeOf(language);
  if (locale === undefined)
    throw new ResponseError('ErrorInvalidValueForProperty', `'${language.slice(0, 50)}' is no known language.`);
  return String(locale);
}

export const SETTERS_BY_URI: ReadonlyMap<string, readonly [string, Setter]> = new Map(
  [...SETTERS].map(([name, setter]) => [setter.uri, [name, setter]]),
);

/** `t:Mailbox` children of an element, as mail has them. */
export function recipientsOf(element: EwsElement | undefined): Recipient[] {
  return children(element, 'Mailbox').map((mailbox) => {
    const address = textAt(mailbox, 'EmailAddress') ?? '';
    const name = textAt(mailbox, 'Name') ?? '';
    if (address === '' && name === '')
      throw new ResponseError('ErrorInvalidRecipients', "At least one recipient isn't valid.");
    return recipient(address, name === address ? '' : name);
  });
}

function bodyOf(element: EwsElement | undefined): ItemChanges {
  const text = element?.text ?? '';
  return element?.attributes.get('BodyType') === 'HTML'
    ? { bodyHtml: text, bodyText: undefined }
    : { bodyHtml: undefined, bodyText: text };
}

/** Behind what there is, whichever form that has (inferred). */
function appendBody(element: EwsElement, { bodyHtml, bodyText }: Target): ItemChanges {
  return bodyHtml === undefined
    ? { bodyText: `${bodyText ?? ''}${element.text}` }
    : { bodyHtml: bodyHtml + element.text };
}

function categoriesOf(element: EwsElement | undefined): string[] {
  return [...new Set(children(element, 'String').map(({ text }) => text))].filter((name) => name.trim() !== '');
}

const STATUSES = { NotFlagged: 'notFlagged', Flagged: 'flagged', Complete: 'complete' } as const;

function flagOf(element: EwsElement | undefined): Flag {
  const status = textAt(element, 'FlagStatus') ?? 'NotFlagged';
  const date = (name: string): Date | undefined => {
    const value = textAt(element, name);
    return value === undefined ? undefined : dateOf(value);
  };
  const [start, due, completed] = [date('StartDate'), date('DueDate'), date('CompleteDate')];
  return {
    status: STATUSES[status as keyof typeof STATUSES] ?? 'notFlagged',
    ...(start === undefined ? {} : { start }),
    ...(due === undefined ? {} : { due }),
    ...(completed === undefined ? {} : { completed }),
  };
}

/** xs:dateTime; one without an offset is in UTC. @throws ResponseError */
export function dateOf(text: string): Date {
  const value = text.trim();
  const date = new Date(/(?:Z|[+-]\d\d:\d\d)$/.test(value) ? value : `${value}Z`);
  if (Number.isNaN(date.getTime()))
    throw new ResponseError('ErrorInvalidValueForProperty', `'${value.slice(0, 50)}' is no date.`);
  return date;
}

/** @throws ResponseError for a property that no request may set */
export function readOnly(uri: string): ResponseError {
  return new ResponseError('ErrorInvalidPropertySet', `Set action is invalid for property ${uri}.`);
}

export function extendedElements(element: EwsElement): readonly EwsElement[] {
  return children(element, 'ExtendedProperty');
}

/** Text of an element as it was written, blanks included. */
export function rawText(parent: EwsElement, name: string): string | undefined {
  return child(parent, name)?.text;
}

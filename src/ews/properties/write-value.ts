/**
 * Values as elements, in the forms that all clients read. A value that the schema does not allow counts as
 * none, since clients lose the whole answer over it.
 */
import { dateTime, element, trustedMarkup, xml, type XmlFragment, type XmlValue } from '../xml.ts';
import { escapeAttribute } from '../../soap/escape.ts';
import type { EwsProperty } from './types.ts';
import type { Mailbox, PropertyKind, PropertyValue, PropertyValues } from './values.ts';
import { isAtLeast, type SchemaVersion } from './versions.ts';

/** Kinds that hold large content or other things with properties, which item and attachment writers write. */
export type ComposedKind = 'mime' | 'content' | 'attachments' | 'unserved';
type SimpleKind = Exclude<PropertyKind, ComposedKind>;

type Writer<Kind extends SimpleKind> = (
  value: PropertyValues[Kind],
  property: EwsProperty,
  version: SchemaVersion,
) => XmlFragment | undefined;

const WRITERS: { readonly [Kind in SimpleKind]: Writer<Kind> } = {
  string: (value, { element: name }) => element(name, value),
  language: (value, { element: name }) =>
    /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/.test(value) ? element(name, value) : undefined,
  boolean: (value, { element: name }) => element(name, value),
  int: (value, { element: name, maximum }) => {
    if (Number.isNaN(value)) return undefined;
    return element(name, maximum === undefined ? value : Math.min(Math.max(value, 0), maximum));
  },
  dateTime: (value, { element: name }) => date(name, value),
  enum: (value, { element: name, values }) => (values.includes(value) ? element(name, value) : undefined),
  binary: (value, { element: name }) =>
    value !== '' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? element(name, value) : undefined,
  strings: (values, { element: name }) =>
    list(
      name,
      values.filter(isText).map((value) => element('String', value)),
    ),
  mailbox: (value, { element: name }) => list(name, [mailbox(value)]),
  recipients: (values, { element: name }) => list(name, values.map(mailbox)),
  attendees: (values, { element: name }) =>
    list(
      name,
      values.map((attendee) => {
        const inner = mailbox(attendee.mailbox);
        if (inner === undefined) return undefined;
        const { responseType, lastResponseTime } = attendee;
        const response = responseType === undefined ? undefined : element('ResponseType', responseType);
        return xml`<t:Attendee>${inner}${response}${date('LastResponseTime', lastResponseTime)}</t:Attendee>`;
      }),
    ),
  body: ({ type, text, isTruncated }, { element: name }, version) =>
    withAttributes(
      name,
      { BodyType: type, IsTruncated: isTruncated === true && isAtLeast(version, 'Exchange2013') ? 'true' : undefined },
      text,
    ),
  headers: (headers, { element: name }) =>
    list(
      name,
      headers.map((header) =>
        isText(header.name) && isText(header.value)
          ? xml`<t:InternetMessageHeader HeaderName="${header.name}">${header.value}</t:InternetMessageHeader>`
          : undefined,
      ),
    ),
  itemId: ({ id, changeKey }, { element: name }) => withAttributes(name, { Id: id, ChangeKey: changeKey }),
  folderId: ({ id, changeKey }, { element: name }) => withAttributes(name, { Id: id, ChangeKey: changeKey }),
  attachmentId: ({ id, rootItemId, rootItemChangeKey }, { element: name }) =>
    withAttributes(name, { Id: id, RootItemId: rootItemId, RootItemChangeKey: rootItemChangeKey }),
  flag: ({ status, startDate, dueDate, completeDate }) =>
    xml`<t:Flag><t:FlagStatus>${status}</t:FlagStatus>${date('StartDate', startDate)}${date('DueDate', dueDate)}${date(
      'CompleteDate',
      completeDate,
    )}</t:Flag>`,
  effectiveRights: (rights, _property, version) =>
    element('EffectiveRights', [
      element('CreateAssociated', rights.createAssociated),
      element('CreateContents', rights.createContents),
      element('CreateHierarchy', rights.createHierarchy),
      element('Delete', rights.delete),
      element('Modify', rights.modify),
      element('Read', rights.read),
      isAtLeast(version, 'Exchange2010') ? element('ViewPrivateItems', rights.viewPrivateItems) : undefined,
    ]),
  // Empty ones too: clients read what may be done as a value type.
  responseObjects: (names, _property, version) =>
    element(
      'ResponseObjects',
      names
        .filter((name) => name !== 'ProposeNewTime' || isAtLeast(version, 'Exchange2013'))
        .map((name) => element(name, undefined)),
    ),
  retentionTag: ({ id, isExplicit }, { element: name }) =>
    /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/.test(id)
      ? withAttributes(name, { IsExplicit: String(isExplicit) }, id)
      : undefined,
};

/** @returns undefined where the value says nothing, or the schema has no form for it */
export function writeValue(
  property: EwsProperty & { readonly kind: SimpleKind },
  value: PropertyValue,
  version: SchemaVersion,
): XmlFragment | undefined {
  // A reader's table is typed by the same rows, so that the value is of the property's kind.
  const write = WRITERS[property.kind] as (
    value: PropertyValue,
    property: EwsProperty,
    version: SchemaVersion,
  ) => XmlFragment | undefined;
  return write(value, property, version);
}

export function isSimple(property: EwsProperty): property is EwsProperty & { readonly kind: SimpleKind } {
  return Object.hasOwn(WRITERS, property.kind);
}

/** An element of the types namespace; attributes without a value are left out. */
export function withAttributes(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  text?: string,
): XmlFragment {
  let start = `<t:${name}`;
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) start += ` ${key}="${escapeAttribute(value)}"`;
  const inner = xml`${text}`.markup;
  return trustedMarkup(inner === '' ? `${start}/>` : `${start}>${inner}</t:${name}>`);
}

/** An empty mailbox is none: some clients refuse the whole answer over one. */
function mailbox({ name, address, routingType, mailboxType }: Mailbox): XmlFragment | undefined {
  const hasName = isText(name);
  const hasAddress = isText(address);
  if (!hasName && !hasAddress) return undefined;
  return element('Mailbox', [
    hasName ? element('Name', name) : undefined,
    hasAddress ? element('EmailAddress', address) : undefined,
    hasAddress ? element('RoutingType', isText(routingType) ? routingType : 'SMTP') : undefined,
    mailboxType === undefined ? undefined : element('MailboxType', mailboxType),
  ]);
}

/** Nothing where no child is left. */
function list(name: string, values: readonly (XmlFragment | undefined)[]): XmlFragment | undefined {
  const children: XmlValue[] = values.filter((value) => value !== undefined);
  return children.length === 0 ? undefined : element(name, children);
}

function date(name: string, value: Date | undefined): XmlFragment | undefined {
  return value === undefined || Number.isNaN(value.getTime()) ? undefined : element(name, dateTime(value));
}

function isText(value: string | undefined): value is string {
  return value !== undefined && /[^ \t\r\n]/.test(value);
}

/**
 * Evaluates a Restriction and a SortOrder over items and folders.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/restriction
 */
import type { Element } from '@xmldom/xmldom';
import { extendedValue } from './item-xml.ts';
import { bodyOf, hasAttachments, type Folder, type Item } from '../mailbox/types.ts';
import { ResponseError } from './operation.ts';
import { child, children, dateTime } from './xml.ts';

type Value = string | number | boolean | undefined;
type Fields<T> = Readonly<Record<string, (entry: T) => Value>>;

export const ITEM_FIELDS: Fields<Item> = {
  'item:ItemId': (item) => item.id,
  'item:ItemClass': (item) => item.itemClass,
  'item:Subject': (item) => item.subject,
  'item:Body': (item) => bodyOf(item).content,
  'item:Size': (item) => item.size,
  'item:Importance': (item) => item.importance,
  'item:HasAttachments': hasAttachments,
  'item:IsDraft': (item) => item.isDraft,
  'item:DateTimeReceived': (item) => dateTime(item.receivedAt),
  'item:DateTimeSent': (item) => dateTime(item.sentAt ?? item.createdAt),
  'item:DateTimeCreated': (item) => dateTime(item.createdAt),
  'item:LastModifiedTime': (item) => dateTime(item.modifiedAt),
  'message:IsRead': (item) => item.isRead,
  'message:From': (item) => item.from?.address,
  'message:Sender': (item) => (item.sender ?? item.from)?.address,
  'message:InternetMessageId': (item) => item.internetMessageId,
};

export const FOLDER_FIELDS: Fields<Folder> = {
  'folder:DisplayName': (folder) => folder.displayName,
  'folder:FolderClass': (folder) => folder.folderClass,
  'folder:FolderId': (folder) => folder.id,
};

/** @returns whether an entry fits; every entry fits where there is no restriction */
export function restriction<T>(element: Element | undefined, fields: Fields<T>): (entry: T) => boolean {
  const [expression] = children(element);
  return expression === undefined ? () => true : predicate(expression, fields);
}

function predicate<T>(expression: Element, fields: Fields<T>): (entry: T) => boolean {
  const operands = children(expression);
  switch (expression.localName) {
    case 'And': {
      const all = operands.map((operand) => predicate(operand, fields));
      return (entry) => all.every((one) => one(entry));
    }
    case 'Or': {
      const all = operands.map((operand) => predicate(operand, fields));
      return (entry) => all.some((one) => one(entry));
    }
    case 'Not': {
      const inner = predicate(operands[0] ?? expression, fields);
      return (entry) => !inner(entry);
    }
    case 'Exists': {
      const left = operand(operands[0], fields);
      return (entry) => left(entry) !== undefined;
    }
    case 'Contains': {
      const left = operand(operands[0], fields);
      return containment(expression, left, child(expression, 'Constant')?.getAttribute('Value') ?? '');
    }
    default: {
      const compare = COMPARISONS[expression.localName ?? ''];
      if (compare === undefined)
        throw new ResponseError('ErrorInvalidRestriction', `The restriction ${expression.localName} is not valid.`);
      const left = operand(operands[0], fields);
      const right = operand(children(operands[1])[0], fields);
      return (entry) => compare(order(left(entry), right(entry)));
    }
  }
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  IsEqualTo: (order) => order === 0,
  IsNotEqualTo: (order) => order !== 0,
  IsGreaterThan: (order) => order > 0,
  IsGreaterThanOrEqualTo: (order) => order >= 0,
  IsLessThan: (order) => order < 0,
  IsLessThanOrEqualTo: (order) => order <= 0,
};

function operand<T>(element: Element | undefined, fields: Fields<T>): (entry: T) => Value {
  if (element?.localName === 'Constant') {
    const value = element.getAttribute('Value') ?? '';
    return () => value;
  }
  if (element?.localName === 'ExtendedFieldURI') {
    const isNumber = /^(?:Integer|Long|Short)$/.test(element.getAttribute('PropertyType') ?? '');
    return (entry) => {
      const value = isItem(entry) ? extendedValue(entry, element) : undefined;
      return isNumber && value !== undefined ? Number(value) : value;
    };
  }
  const uri = element?.getAttribute('FieldURI') ?? '';
  const field = fields[uri];
  if (field === undefined)
    throw new ResponseError('ErrorUnsupportedPathForQuery', `The property ${uri} is not supported in a query.`);
  return field;
}

function isItem(entry: unknown): entry is Item {
  return typeof entry === 'object' && entry !== null && 'extended' in entry;
}

/** Constants are text: compare them as what the property is. */
function order(left: Value, right: Value): number {
  if (typeof left === 'boolean') return Number(left) - Number(/^(?:true|1)$/i.test(String(right)));
  if (typeof left === 'number') return left - Number(right);
  const [a, b] = [left ?? '', String(right ?? '')];
  const [dateA, dateB] = [dateOf(a), dateOf(b)];
  if (dateA !== undefined && dateB !== undefined) return dateA - dateB;
  return a.toLowerCase().localeCompare(b.toLowerCase());
}

function dateOf(text: string): number | undefined {
  return /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : undefined;
}

function containment<T>(expression: Element, left: (entry: T) => Value, constant: string): (entry: T) => boolean {
  const ignoreCase = (expression.getAttribute('ContainmentComparison') ?? 'IgnoreCase').startsWith('Ignore');
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const wanted = fold(constant);
  const mode = expression.getAttribute('ContainmentMode') ?? 'Substring';
  return (entry) => {
    const value = fold(String(left(entry) ?? ''));
    if (mode === 'FullString') return value === wanted;
    if (mode.startsWith('Prefix')) return value.startsWith(wanted);
    return value.includes(wanted);
  };
}

/** Sorts by a SortOrder element; newest first where there is none, as Exchange does. */
export function sortItems(items: readonly Item[], sortOrder: Element | undefined): Item[] {
  const keys = children(sortOrder).map((fieldOrder) => ({
    field: operand(children(fieldOrder)[0], ITEM_FIELDS),
    sign: fieldOrder.getAttribute('Order') === 'Descending' ? -1 : 1,
  }));
  if (keys.length === 0) return items.toSorted((a, b) => b.receivedAt.getTime() - a.receivedAt.getTime());
  return items.toSorted((a, b) => {
    for (const { field, sign } of keys) {
      const difference = order(field(a), field(b));
      if (difference !== 0) return difference * sign;
    }
    return 0;
  });
}

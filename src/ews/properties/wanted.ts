/** From the shape of a request to the properties its answer has. */
import type { ExtendedField } from '../extended-field.ts';
import { ResponseError } from '../response-messages.ts';
import type { BaseShape, ItemShape, Shape } from '../shape.ts';
import {
  FOLDER_PROPERTIES,
  folderProperties,
  ITEM_PROPERTIES,
  itemProperties,
  type ElementProperties,
  type FolderElementName,
  type FolderUri,
  type ItemElementName,
  type ItemUri,
} from './elements.ts';
import type { EwsProperty } from './types.ts';
import { isAtLeast, type SchemaVersion } from './versions.ts';

export interface AnswerContext {
  /** What the client knows: nothing newer is written. */
  readonly version: SchemaVersion;
  /** Whether the answer is a list (FindItem, SyncFolderItems), which has less than GetItem. */
  readonly inList: boolean;
}

export interface WantedProperties<Name extends string, Uri extends string> extends AnswerContext {
  /** In the tables' order, without those that nobody serves. */
  readonly properties: readonly EwsProperty<Uri>[];
  readonly extended: readonly ExtendedField[];
  /** Lower-case names of internet headers; undefined for all of them. */
  readonly headers: readonly string[] | undefined;
  has(uri: Uri): boolean;
  /** Those of the wanted properties that an element has. */
  of(name: Name): ElementProperties<Uri>;
}

export type WantedItemProperties = WantedProperties<ItemElementName, ItemUri>;
export type WantedFolderProperties = WantedProperties<FolderElementName, FolderUri>;

/** Item properties that are not in the tables: other kinds of items have them, mail has not. */
const OF_OTHER_ITEMS = /^(?:calendar|contacts|task|distributionlist|conversation|persona):./;
/** Besides, what an item never has. */
const OF_NO_MESSAGE = /^folder:./;
const INTERNET_HEADERS = 'item:InternetMessageHeaders';

/**
 * Properties that are newer than the version, that mail does not have, or that nobody serves are left out
 * without a word: clients ask all items of a folder for what one of them may have.
 *
 * @throws ResponseError ErrorInvalidPropertyRequest for a FieldURI that no item has
 */
export function wantedItemProperties(shape: Shape | ItemShape, context: AnswerContext): WantedItemProperties {
  const named = new Set<string>(shape.fields);
  const headers = context.inList ? [] : shape.headers.map((name) => name.toLowerCase());
  const allHeaders = named.has(INTERNET_HEADERS) || shape.base === 'AllProperties';
  if (headers.length > 0) named.add(INTERNET_HEADERS);
  // Some clients name a kind of body, and expect one without naming it as a property.
  if ('bodyType' in shape && shape.bodyType !== 'Best') named.add('item:Body');
  const isElsewhere = (uri: string): boolean => OF_OTHER_ITEMS.test(uri);
  return wanted({
    ...context,
    table: ITEM_PROPERTIES,
    rowsOf: itemProperties,
    shape,
    named,
    headers: allHeaders ? undefined : headers,
    isElsewhere,
  });
}

/**
 * Refuses to change what messages do not have.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
 * @throws ResponseError ErrorInvalidPropertyRequest
 */
export function assertOfMessage(uri: string): void {
  if (OF_OTHER_ITEMS.test(uri) || OF_NO_MESSAGE.test(uri)) throw invalidRequest(uri);
}

function invalidRequest(field: string): ResponseError {
  return new ResponseError('ErrorInvalidPropertyRequest', `Property ${field} is not valid for this object type.`, {
    field,
  });
}

/** Properties that FindItem refuses. Others that lists do not have it leaves out. */
const REFUSED_IN_LISTS: ReadonlySet<string> = new Set(['item:MimeContent', 'item:TextBody']);

/**
 * Refuses what FindItem refuses of a shape.
 *
 * @see https://github.com/WinRb/Viewpoint/issues/191 for MimeContent
 * @see https://github.com/ecederstrand/exchangelib/issues/214 for TextBody
 * @throws ResponseError ErrorInvalidPropertyForOperation
 */
export function assertListed({ fields }: Shape): void {
  const field = [...fields].find((uri) => REFUSED_IN_LISTS.has(uri));
  if (field === undefined) return;
  throw new ResponseError('ErrorInvalidPropertyForOperation', `Property ${field} is not valid for this operation.`, {
    field,
  });
}

/** @throws ResponseError ErrorInvalidPropertyRequest for a FieldURI that no folder has */
export function wantedFolderProperties(shape: Shape, version: SchemaVersion): WantedFolderProperties {
  return wanted({
    version,
    inList: false,
    table: FOLDER_PROPERTIES,
    rowsOf: folderProperties,
    shape,
    named: shape.fields,
    headers: undefined,
    isElsewhere: () => false,
  });
}

interface Choice<Name extends string, Uri extends string> extends AnswerContext {
  readonly table: readonly EwsProperty<Uri>[];
  readonly rowsOf: (name: Name) => ElementProperties<Uri>;
  readonly shape: Shape;
  readonly named: ReadonlySet<string>;
  readonly headers: readonly string[] | undefined;
  /** Whether a FieldURI outside of the table is known all the same. */
  readonly isElsewhere: (uri: string) => boolean;
}

function wanted<Name extends string, Uri extends string>(choice: Choice<Name, Uri>): WantedProperties<Name, Uri> {
  const { table, rowsOf, shape, named, headers, version, inList } = choice;
  const known = new Set<string>(table.map(({ uri }) => uri));
  for (const uri of shape.fields) if (!known.has(uri) && !choice.isElsewhere(uri)) throw invalidRequest(uri);
  const isWanted = (property: EwsProperty<Uri>): boolean =>
    (isInShape(property.shape, shape.base) || named.has(property.uri)) &&
    property.kind !== 'unserved' &&
    (property.inList || !inList) &&
    isAtLeast(version, property.since);
  const ofElement = new Map<Name, ElementProperties<Uri>>();
  const properties = table.filter(isWanted);
  const uris = new Set<Uri>(properties.map(({ uri }) => uri));
  return {
    version,
    inList,
    properties,
    extended: shape.extended,
    headers,
    has: (uri) => uris.has(uri),
    of: (name) => {
      let found = ofElement.get(name);
      if (found === undefined) {
        const { before, after } = rowsOf(name);
        found = { before: before.filter(isWanted), after: after.filter(isWanted) };
        ofElement.set(name, found);
      }
      return found;
    },
  };
}

const SHAPES: readonly BaseShape[] = ['IdOnly', 'Default', 'AllProperties'];

function isInShape(smallest: BaseShape | undefined, base: BaseShape): boolean {
  return smallest !== undefined && SHAPES.indexOf(smallest) <= SHAPES.indexOf(base);
}

/**
 * Which properties a client wants of items, folders and attachments.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/itemshape
 */
import { child, children, textAt, type EwsElement } from './element.ts';
import type { ExtendedField } from './extended-field.ts';
import { fieldOf } from './field.ts';

export type BaseShape = 'IdOnly' | 'Default' | 'AllProperties';
export type BodyType = 'Best' | 'HTML' | 'Text';

export interface Shape {
  readonly base: BaseShape;
  /** FieldURIs beyond the base shape. */
  readonly fields: ReadonlySet<string>;
  /** Names of internet headers wanted one by one, as written. */
  readonly headers: readonly string[];
  readonly extended: readonly ExtendedField[];
}

export interface ItemShape extends Shape {
  readonly includeMimeContent: boolean;
  readonly bodyType: BodyType;
  readonly uniqueBodyType: BodyType;
  readonly normalizedBodyType: BodyType;
  readonly filterHtmlContent: boolean;
  readonly convertHtmlCodePageToUtf8: boolean;
  /** Bytes, undefined for no bound. */
  readonly maximumBodySize: number | undefined;
}

/** ItemShape or AttachmentShape; without one the defaults. @throws ResponseError */
export function itemShape(element: EwsElement | undefined): ItemShape {
  const shape = folderShape(element);
  const bodyType = bodyTypeAt(element, 'BodyType') ?? 'Best';
  const includeMimeContent = flagAt(element, 'IncludeMimeContent') ?? false;
  const size = textAt(element, 'MaximumBodySize');
  return {
    ...shape,
    fields: includeMimeContent ? new Set([...shape.fields, 'item:MimeContent']) : shape.fields,
    includeMimeContent,
    bodyType,
    uniqueBodyType: bodyTypeAt(element, 'UniqueBodyType') ?? bodyType,
    normalizedBodyType: bodyTypeAt(element, 'NormalizedBodyType') ?? bodyType,
    filterHtmlContent: flagAt(element, 'FilterHtmlContent') ?? false,
    convertHtmlCodePageToUtf8: flagAt(element, 'ConvertHtmlCodePageToUTF8') ?? true,
    maximumBodySize: size !== undefined && /^\d{1,10}$/.test(size) ? Number(size) : undefined,
  };
}

/** @throws ResponseError where an extended property is not named validly */
export function folderShape(element: EwsElement | undefined): Shape {
  const fields = new Set<string>();
  const headers: string[] = [];
  const extended = new Map<string, ExtendedField>();
  for (const path of children(child(element, 'AdditionalProperties'))) {
    const field = fieldOf(path);
    if (field?.kind === 'named') fields.add(field.uri);
    else if (field?.kind === 'extended') extended.set(field.key, field);
    else if (field?.uri === 'item:InternetMessageHeader') headers.push(field.index);
  }
  const base = textAt(element, 'BaseShape');
  return {
    base: base === 'IdOnly' || base === 'AllProperties' ? base : 'Default',
    fields,
    headers,
    extended: [...extended.values()],
  };
}

/** xs:boolean at a child, undefined where there is none. */
function flagAt(element: EwsElement | undefined, name: string): boolean | undefined {
  const text = textAt(element, name);
  return text === undefined ? undefined : text === 'true' || text === '1';
}

function bodyTypeAt(element: EwsElement | undefined, name: string): BodyType | undefined {
  const text = textAt(element, name);
  return text === 'Best' || text === 'HTML' || text === 'Text' ? text : undefined;
}

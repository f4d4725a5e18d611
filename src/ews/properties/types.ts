/**
 * What is known of an EWS property, whoever serves it: one row for each in message.ts, meeting.ts,
 * folder.ts and attachment.ts.
 */
import type { BaseShape } from '../shape.ts';
import type { PropertyKind, PropertyValue } from './values.ts';
import { type SchemaVersion } from './versions.ts';

/**
 * When a client may set a property: any time by UpdateItem and CreateItem, while the item is a draft, by
 * CreateItem only, or never.
 */
export type Settable = 'always' | 'draft' | 'create' | 'never';

/** What is written in place of a value that an item does not have: a value, or another property's. */
export type RequiredDefault = PropertyValue | LikeAnother;

/** The first of these properties that has a value. */
export interface LikeAnother {
  readonly like: readonly string[];
}

/** A row as the tables have it; what is left out has the default named here. */
export interface PropertyRow {
  /** FieldURI; what follows the colon is the name of the element. */
  readonly uri: `${string}:${string}`;
  /** `unserved`: known, never an error to ask for, and always left out of answers. */
  readonly kind: PropertyKind;
  /** Values of an enum. */
  readonly values?: readonly string[];
  /** Of an int whose schema bounds it, from 0 on. */
  readonly maximum?: number;
  /** The oldest schema that has the element. Default: Exchange2007. */
  readonly since?: SchemaVersion;
  /** The smallest base shape that has it. Default: none, it has to be named. */
  readonly shape?: BaseShape;
  /** Whether FindItem and SyncFolderItems give it too. Default: true. */
  readonly inList?: boolean;
  /** Given if clients read it as a value type: they throw if it was asked for and is missing. */
  readonly required?: RequiredDefault;
  /** Default: never. */
  readonly settable?: Settable;
  /** Whether a restriction may name it. Default: by kind. */
  readonly comparable?: boolean;
  /** Whether a sort order may name it. Default: by kind. */
  readonly sortable?: boolean;
}

/** A row with its defaults. */
export interface EwsProperty<Uri extends string = string> {
  readonly uri: Uri;
  readonly element: string;
  readonly kind: PropertyKind;
  readonly values: readonly string[];
  readonly maximum: number | undefined;
  readonly since: SchemaVersion;
  readonly shape: BaseShape | undefined;
  readonly inList: boolean;
  readonly required: RequiredDefault | undefined;
  readonly settable: Settable;
  readonly comparable: boolean;
  readonly sortable: boolean;
}

const SORTABLE: ReadonlySet<PropertyKind> = new Set([
  'string',
  'language',
  'boolean',
  'int',
  'dateTime',
  'enum',
  'binary',
  'mailbox',
]);
/** No lists of recipients: the store cannot look for them (exchangelib's fields that are not searchable; inferred). */
const COMPARABLE: ReadonlySet<PropertyKind> = new Set([...SORTABLE, 'strings', 'body', 'itemId', 'folderId', 'flag']);

/** Fills the defaults of a table's rows in. */
export function properties<const Row extends PropertyRow>(rows: readonly Row[]): readonly EwsProperty<Row['uri']>[] {
  return rows.map((row) => ({
    uri: row.uri,
    element: row.uri.slice(row.uri.indexOf(':') + 1),
    kind: row.kind,
    values: row.values ?? [],
    maximum: row.maximum,
    since: row.since ?? 'Exchange2007',
    shape: row.shape,
    inList: row.inList ?? true,
    required: row.required,
    settable: row.settable ?? 'never',
    comparable: row.comparable ?? COMPARABLE.has(row.kind),
    sortable: row.sortable ?? SORTABLE.has(row.kind),
  }));
}

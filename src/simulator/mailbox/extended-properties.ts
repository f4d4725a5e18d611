/**
 * Extended (MAPI) properties of items and folders.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxprops/
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/extendedfielduri
 */

/** Types as both services name them; each has an array form. */
export type PropertyType = ScalarType | `${ScalarType}Array`;

type ScalarType =
  | 'ApplicationTime'
  | 'Binary'
  | 'Boolean'
  | 'CLSID'
  | 'Currency'
  | 'Double'
  | 'Float'
  | 'Integer'
  | 'Long'
  | 'Short'
  | 'String'
  | 'SystemTime';

/** A property by its tag, or by an id or a name in a property set (a GUID). */
export type PropertyPath = { readonly type: PropertyType } & (
  | { readonly tag: number }
  | { readonly set: string; readonly id: number }
  | { readonly set: string; readonly name: string }
);

export interface ExtendedProperty {
  readonly path: PropertyPath;
  /** One value, or the list of a multi-valued property; both services write each as text. */
  readonly value: string | readonly string[];
}

/** GUIDs of the sets that clients name instead (MS-OXPROPS 1.3.2). */
export const PROPERTY_SETS: Readonly<Record<string, string>> = {
  Address: '00062004-0000-0000-c000-000000000046',
  Appointment: '00062002-0000-0000-c000-000000000046',
  CalendarAssistant: '11000e07-b51b-40d6-af21-caa85edab1d0',
  Common: '00062008-0000-0000-c000-000000000046',
  InternetHeaders: '00020386-0000-0000-c000-000000000046',
  Meeting: '6ed8da90-450b-101b-98da-00aa003f1305',
  PublicStrings: '00020329-0000-0000-c000-000000000046',
  Sharing: '00062040-0000-0000-c000-000000000046',
  Task: '00062003-0000-0000-c000-000000000046',
  UnifiedMessaging: '4442858e-a9e3-4e80-b900-317a210cc15b',
};

/** Properties by their path. Immutable: a change makes another one. */
export class ExtendedProperties {
  static readonly NONE = new ExtendedProperties(new Map());
  readonly #byKey: ReadonlyMap<string, ExtendedProperty>;

  private constructor(byKey: ReadonlyMap<string, ExtendedProperty>) {
    this.#byKey = byKey;
  }

  static of(properties: Iterable<ExtendedProperty>): ExtendedProperties {
    return new ExtendedProperties(new Map([...properties].map((property) => [keyOf(property.path), property])));
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(path: PropertyPath): string | readonly string[] | undefined {
    return this.#byKey.get(keyOf(path))?.value;
  }

  with(property: ExtendedProperty): ExtendedProperties {
    return new ExtendedProperties(new Map(this.#byKey).set(keyOf(property.path), property));
  }

  without(path: PropertyPath): ExtendedProperties {
    const left = new Map(this.#byKey);
    left.delete(keyOf(path));
    return new ExtendedProperties(left);
  }

  [Symbol.iterator](): IterableIterator<ExtendedProperty> {
    return this.#byKey.values();
  }
}

/** Names of properties are case-sensitive, GUIDs are not. */
function keyOf(path: PropertyPath): string {
  if ('tag' in path) return `${path.type} ${path.tag}`;
  const set = path.set.toLowerCase();
  return 'id' in path ? `${path.type} ${set} Id ${path.id}` : `${path.type} ${set} Name ${path.name}`;
}

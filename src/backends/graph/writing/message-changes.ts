/**
 * What a POST or PATCH of a message holds, gathered property by property from the elements of a request: UpdateItem,
 * CreateItem and answers to messages write by the same table.
 */
import type { EwsElement } from '../../../ews/element.ts';
import type { ExtendedField } from '../../../ews/extended-field.ts';
import { extendedValue } from '../../../ews/extended-value.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { graphPropertyId, isMultiValue, normalisedId } from '../properties/extended-properties.ts';
import type { MessagePatch } from '../properties/graph-property.ts';

export class MessageChanges {
  readonly #members: Record<string, unknown> = {};
  readonly #single = new Map<string, string | null>();
  readonly #multi = new Map<string, readonly string[]>();

  /** Adds what the property table makes of a value; a later value of the same member or property wins. */
  add({ properties = {}, extended = {} }: MessagePatch): this {
    Object.assign(this.#members, properties);
    for (const [id, text] of Object.entries(extended)) this.#single.set(keyOf(this.#single, id), text);
    return this;
  }

  /**
   * Adds an extended property.
   *
   * @param property its t:ExtendedProperty; undefined removes it
   * @throws ResponseError ErrorInvalidExtendedPropertyValue for types that Graph does not write, and other values
   */
  addExtended(field: ExtendedField, property: EwsElement | undefined): this {
    const id = graphPropertyId(field);
    if (id === undefined)
      throw new ResponseError(
        'ErrorInvalidExtendedPropertyValue',
        `Values of ${field.propertyType} cannot be written.`,
      );
    const value = property === undefined ? undefined : extendedValue(field, property);
    if (isMultiValue(field)) this.#multi.set(keyOf(this.#multi, id), typeof value === 'object' ? value : []);
    else this.#single.set(keyOf(this.#single, id), typeof value === 'string' ? value : null);
    return this;
  }

  /** Adds what another has; its members and properties win. */
  merge(other: MessageChanges): this {
    Object.assign(this.#members, other.#members);
    for (const [id, text] of other.#single) this.#single.set(keyOf(this.#single, id), text);
    for (const [id, texts] of other.#multi) this.#multi.set(keyOf(this.#multi, id), texts);
    return this;
  }

  /**
   * Writes empty texts in place of what is to go, for services that refuse to set a property to null.
   *
   * @throws ResponseError ErrorInvalidPropertyDelete where the property is no text, so that it has no empty value
   */
  emptied(): this {
    for (const [id, text] of this.#single) {
      if (text !== null) continue;
      if (!id.startsWith('String '))
        throw new ResponseError(
          'ErrorInvalidPropertyDelete',
          'Microsoft Graph removes no extended properties in this tenant, and this one has no empty value.',
        );
      this.#single.set(id, '');
    }
    return this;
  }

  /** Takes a single-value extended property out again. */
  without(id: string): this {
    this.#single.delete(keyOf(this.#single, id));
    return this;
  }

  get isEmpty(): boolean {
    return Object.keys(this.#members).length === 0 && !this.#hasExtended;
  }

  /** Whether it sets what only the mailbox knows of a message, and no recipient. */
  get hasState(): boolean {
    return ['categories', 'flag'].some((name) => Object.hasOwn(this.#members, name)) || this.#hasExtended;
  }

  /** Whether it sets extended properties. */
  get setsExtended(): boolean {
    return this.#hasExtended;
  }

  get #hasExtended(): boolean {
    return this.#single.size > 0 || this.#multi.size > 0;
  }

  /** A member, for example `from`; undefined where none was added. */
  member(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
  }

  /** A single-value extended property by Graph's id. */
  single(id: string): string | undefined {
    return this.#single.get(keyOf(this.#single, id)) ?? undefined;
  }

  /** The body of the request, as JSON. */
  toJSON(): Record<string, unknown> {
    const list = <T>(values: ReadonlyMap<string, T>): { id: string; value: T }[] =>
      [...values].map(([id, value]) => ({ id, value }));
    return {
      ...this.#members,
      ...(this.#single.size === 0 ? {} : { singleValueExtendedProperties: list(this.#single) }),
      ...(this.#multi.size === 0 ? {} : { multiValueExtendedProperties: list(this.#multi) }),
    };
  }
}

/** The notation under which a property stands already, so that none is sent twice. */
function keyOf(values: ReadonlyMap<string, unknown>, id: string): string {
  const wanted = normalisedId(id);
  return [...values.keys()].find((known) => normalisedId(known) === wanted) ?? id;
}

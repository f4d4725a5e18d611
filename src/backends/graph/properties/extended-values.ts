/**
 * Properties that Graph gives as single-value extended properties: their id is "Type tag" or "Type {set} Id 0x…".
 *
 * @see https://learn.microsoft.com/graph/api/resources/extended-properties-overview
 */
import type { Mailbox } from '../../../ews/properties/values.ts';
import { normalisedId } from './extended-properties.ts';
import type { GraphProperty, MessageView } from './graph-property.ts';
import { MESSAGE_FLAGS } from './mapi-values.ts';
import { date, dateText, text } from './values.ts';

/** The text of a single-value extended property. */
export function single({ extended }: MessageView, id: string): string | undefined {
  const value = extended.get(normalisedId(id));
  return typeof value === 'string' ? value : undefined;
}

export function number(view: MessageView, id: string): number | undefined {
  const value = single(view, id);
  return value === undefined ? undefined : Number(value);
}

export function boolean(view: MessageView, id: string): boolean | undefined {
  const value = single(view, id);
  return value === undefined ? undefined : value.toLowerCase() === 'true';
}

/** A property that is an extended one at Graph. */
export function textProperty(id: string): GraphProperty<string> {
  return {
    single: [id],
    read: (view) => text(single(view, id)),
    write: (value) => ({ extended: { [id]: value ?? null } }),
  };
}

export function booleanProperty(id: string): GraphProperty<boolean> {
  return {
    single: [id],
    read: (view) => boolean(view, id),
    write: (value) => ({ extended: { [id]: value === undefined ? null : String(value) } }),
  };
}

export function dateProperty(id: string): GraphProperty<Date> {
  return {
    single: [id],
    read: (view) => date(single(view, id)),
    write: (value) => ({ extended: { [id]: value === undefined ? null : dateText(value) } }),
  };
}

export function flagProperty(bit: number): GraphProperty<boolean> {
  return {
    single: [MESSAGE_FLAGS],
    read: (view) => ((number(view, MESSAGE_FLAGS) ?? 0) & bit) !== 0,
  };
}

/** A name and an address in two extended properties. */
export function pair(name: string, address: string): GraphProperty<Mailbox> {
  return {
    single: [name, address],
    read: (view) => {
      const [who, where] = [text(single(view, name)), text(single(view, address))];
      return who === undefined && where === undefined ? undefined : { name: who ?? where, address: where };
    },
  };
}

/**
 * The Graph half of the property table: for each EWS property where its value comes from, how it is written, and
 * what Graph can filter and sort by it. The EWS half (element, place, version, shapes) is ews/properties.
 */
import type { Message as MessageOfGraph } from '@microsoft/microsoft-graph-types';
import type { FieldValue } from '../../../ews/matches.ts';
import type { WithExtendedProperties } from './extended-properties.ts';

/** A message as Graph's list and get answer it. */
export type GraphMessage = Omit<MessageOfGraph, keyof WithExtendedProperties> &
  WithExtendedProperties & {
    readonly 'id': string;
    readonly '@odata.type'?: string;
    readonly '@odata.etag'?: string;
  };

/** A message together with what is read of it often. */
export interface MessageView {
  readonly message: GraphMessage;
  /** By the normalised id of the property. */
  readonly extended: ReadonlyMap<string, string | readonly string[]>;
  /** A second reading with the body as text, where that is wanted beside HTML. */
  readonly asText?: GraphMessage | undefined;
  /** Whether its HTML is as the sender wrote it, although the client may want it filtered. */
  readonly unfiltered?: boolean;
}

/** How a restriction on the property becomes a part of `$filter`. */
export type Filter =
  /** `path eq value`, and for dates `ge`, `gt`, `le`, `lt`. */
  | { readonly kind: 'boolean' | 'date' | 'text' | 'enum'; readonly path: string }
  /** `path eq 'id'`, of an id in the alphabet of Graph. */
  | { readonly kind: 'id'; readonly path: string }
  /** `categories/any(a:a eq 'x')` */
  | { readonly kind: 'any'; readonly path: string };

/** Changes of a message, as PATCH and POST take them. */
export interface MessagePatch {
  readonly properties?: Readonly<Record<string, unknown>>;
  /** By Graph's id; null removes it. */
  readonly extended?: Readonly<Record<string, string | null>>;
}

export interface GraphProperty<Value> {
  /** Members for `$select`. */
  readonly select?: readonly (keyof MessageOfGraph)[];
  /** Ids of single-value extended properties for `$expand`. */
  readonly single?: readonly string[];
  /** The attachments' list is needed. */
  readonly attachments?: true;
  read(view: MessageView): Value | undefined;
  /** What UpdateItem and CreateItem send; undefined as the value removes it. */
  write?(value: Value | undefined): MessagePatch;
  readonly filter?: Filter;
  /** Member for `$orderby`; without it listings are sorted in the gateway. */
  readonly orderBy?: string;
  /** The value in comparisons, where it is not the one that is written. */
  readonly compared?: (view: MessageView) => FieldValue;
}

/** What `$select` and `$expand` a list or a get of messages needs for the properties that are wanted. */
import type { ExtendedField } from '../../../ews/extended-field.ts';
import type { Capabilities } from '../capabilities.ts';
import { expandOf, graphPropertyId, isMultiValue } from '../properties/extended-properties.ts';
import { ATTACHMENT_SELECT, CONTENT_ID } from '../properties/attachment.ts';
import { messageProperty } from '../properties/message.ts';

export interface MessageQuery {
  readonly $select: string;
  readonly $expand: string | undefined;
}

export interface WantedOfGraph {
  /** FieldURIs; what Graph has nothing for is passed over. */
  readonly uris: Iterable<string>;
  readonly extended: Iterable<ExtendedField>;
  /** Extended properties by Graph's id, for the gateway's own use. */
  readonly single?: readonly string[];
  /** Members for the gateway's own use. */
  readonly select?: readonly string[];
  /** Whether the attachments' names and sizes come along, to tell Safe Attachments' placeholders. */
  readonly scan?: boolean;
}

/** Members that some clouds lack. */
function lacking(capabilities: Capabilities): ReadonlySet<string> {
  const { flag, internetMessageHeaders, conversationIndex } = capabilities;
  return new Set([
    ...(flag ? [] : ['flag']),
    ...(internetMessageHeaders ? [] : ['internetMessageHeaders']),
    ...(conversationIndex ? [] : ['conversationIndex']),
  ]);
}

/** @returns options for `GET …/messages` and `GET /messages/{id}` */
export function messageQuery(wanted: WantedOfGraph, capabilities: Capabilities): MessageQuery {
  const select = new Set<string>(['id', 'changeKey', ...(wanted.select ?? [])]);
  const single = new Set<string>(wanted.single);
  const multi = new Set<string>();
  let attachments = wanted.scan === true ? 'name,size' : undefined;
  for (const uri of wanted.uris) {
    const property = messageProperty(uri);
    for (const name of property?.select ?? []) select.add(name);
    for (const id of property?.single ?? []) single.add(id);
    if (property?.attachments === true)
      attachments = capabilities.selectContentId ? `${ATTACHMENT_SELECT},${CONTENT_ID}` : ATTACHMENT_SELECT;
  }
  for (const field of wanted.extended) {
    const id = graphPropertyId(field);
    if (id !== undefined) (isMultiValue(field) ? multi : single).add(id);
  }
  for (const name of lacking(capabilities)) select.delete(name);
  const expands = [
    expandOf(single, multi),
    attachments === undefined ? undefined : `attachments($select=${attachments})`,
  ];
  const $expand = expands.filter((part) => part !== undefined).join(',');
  return { $select: [...select].join(','), $expand: $expand === '' ? undefined : $expand };
}

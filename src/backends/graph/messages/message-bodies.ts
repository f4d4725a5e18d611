/**
 * Bodies of messages: how Graph is asked for them, and how they are written in the form that the client wants. Graph
 * converts between HTML and text as Exchange does, one form a reading; what a reading does not have is converted here.
 *
 * @see https://learn.microsoft.com/graph/api/message-get#request-headers
 */
import {
  BODY_URIS,
  formOf,
  inForm,
  plainHtml,
  shortBody,
  type BodyShape,
  type BodyUri,
} from '../../../ews/body-forms.ts';
import type { Body } from '../../../ews/properties/values.ts';
import type { WantedItemProperties } from '../../../ews/properties/wanted.ts';
import type { MessageView } from '../properties/graph-property.ts';
import { MESSAGE_PROPERTIES } from '../properties/message.ts';

export const AS_TEXT = 'outlook.body-content-type="text"';
const AS_HTML = 'outlook.body-content-type="html"';
/** Graph strips scripts from HTML otherwise. */
const UNFILTERED = 'outlook.allow-unsafe-html';

export interface BodyReadings {
  /** The value of Prefer for the message; undefined where it needs none. */
  readonly prefer: string | undefined;
  /** Whether the body is to be read once more, as text. */
  readonly asText: boolean;
}

/** uniqueBody is no reason for a reading: Graph always gives it as HTML. */
export function bodyReadings(wanted: WantedItemProperties, shape: BodyShape): BodyReadings {
  if (!BODY_URIS.some((uri) => wanted.has(uri))) return { prefer: undefined, asText: false };
  const forms = BODY_URIS.filter((uri) => uri !== 'item:UniqueBody' && wanted.has(uri)).map((uri) =>
    formOf(uri, shape),
  );
  const isText = forms.length > 0 && forms.every((form) => form === 'Text');
  if (isText && !wanted.has('item:UniqueBody')) return { prefer: AS_TEXT, asText: false };
  // Without a preference each body comes as what it is.
  const preferences = [
    ...(isText ? [AS_TEXT] : forms.includes('Best') || forms.length === 0 ? [] : [AS_HTML]),
    ...(shape.filterHtmlContent ? [] : [UNFILTERED]),
  ];
  const prefer = preferences.length === 0 ? undefined : preferences.join(', ');
  return { prefer, asText: !isText && forms.includes('Text') };
}

/** One of a message's bodies, as the client wants it. */
export function bodyOf(view: MessageView, uri: BodyUri, shape: BodyShape): Body | undefined {
  const form = formOf(uri, shape);
  const read = MESSAGE_PROPERTIES[uri].read(view);
  if (read === undefined) return undefined;
  const isRead = form === 'Text' && uri !== 'item:UniqueBody' && view.asText !== undefined;
  const converted = isRead ? (MESSAGE_PROPERTIES[uri].read({ ...view, message: view.asText }) ?? read) : read;
  // The best form of what is new in a message is that of the message.
  const best = uri === 'item:UniqueBody' && view.message.body?.contentType === 'text' ? 'Text' : form;
  const body = inForm(converted, form === 'Best' ? best : form);
  return shortBody(shape.filterHtmlContent && view.unfiltered === true ? plainHtml(body) : body, shape.maximumBodySize);
}

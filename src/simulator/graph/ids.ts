/** Ids as Graph takes and gives them: EWS's ids in another alphabet, and immutable ones. */
import { toEwsAlphabet, toGraphAlphabet } from '../../ews/ids/alphabet.ts';
import { parseId, type ParsedId } from '../../ews/ids/item-id.ts';
import { canonicalId } from '../mailbox/ids.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Item } from '../mailbox/types.ts';
import { GraphError, itemNotFound, malformedId } from './errors.ts';

/**
 * Reads an id from a path or body.
 *
 * @throws GraphError ErrorInvalidIdMalformed, and ErrorInvalidMailboxItemId for one of another mailbox
 */
export function readId(mailbox: Mailbox, id: string): { readonly ews: string; readonly parsed: ParsedId } {
  // Escaped twice, EWS's alphabet comes through [thread microsoft-graph-docs#15204]; it does not otherwise.
  const isTwiceEscaped = /%2[fb]/i.test(id);
  const text = isTwiceEscaped ? id.replaceAll(/%(2f|2b|3d)/gi, decodeURIComponent) : id;
  if (!isTwiceEscaped && /[+/]/.test(text)) throw malformedId();
  const ews = isTwiceEscaped ? text : toEwsAlphabet(text);
  const parsed = parseId(ews);
  if (parsed === undefined || parsed.kind === 'conversation') throw malformedId();
  const guid = parsed.kind === 'attachment' ? parsed.item.mailbox : 'mailbox' in parsed ? parsed.mailbox : mailbox.guid;
  if (guid !== mailbox.guid)
    // [thread microsoft-authentication-library-for-js#7264]
    throw new GraphError(
      400,
      'ErrorInvalidMailboxItemId',
      `Item '${id}' doesn't belong to the targeted mailbox '${mailbox.address}'.`,
    );
  return { ews, parsed };
}

/**
 * The message that an id names; an attachment's id names the message it is in [thread python-o365#599], an immutable
 * id is known without the Prefer header [thread office365-rest-python-client#955].
 *
 * @param anyForm whether the plain form of a compressed id names the message too
 * @throws GraphError also ErrorItemNotFound
 */
export function findMessage(mailbox: Mailbox, id: string, anyForm = true): Item {
  const { ews, parsed } = readId(mailbox, id);
  let item: Item | undefined;
  if (parsed.kind === 'immutable') [item] = mailbox.items.withSearchKey(parsed.item.replica);
  else if (parsed.kind === 'item') item = anyForm || canonicalId(ews) === ews ? mailbox.items.get(ews) : undefined;
  else if (parsed.kind === 'attachment')
    item = mailbox.items.get(mailbox.ids.item(parsed.item.folder, parsed.item.message));
  if (item === undefined) throw itemNotFound();
  return item;
}

/** A message's id as an answer writes it. */
export function messageId(mailbox: Mailbox, item: Item, immutable: boolean): string {
  return toGraphAlphabet(immutable ? mailbox.ids.immutable(item.searchKey) : item.id);
}

/** @see https://learn.microsoft.com/graph/api/user-translateexchangeids */
import { toEwsAlphabet, toGraphAlphabet } from '../../../ews/ids/alphabet.ts';
import { writeEntryId } from '../../../ews/ids/entry-id.ts';
import { parseId } from '../../../ews/ids/item-id.ts';
import { checkParameters } from '../body-check.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { GraphError, undeserializable } from '../errors.ts';
import { findMessage, messageId } from '../ids.ts';
import { listJson } from '../paging.ts';

/** [doc] */
const MOST = 1000;

export function translateExchangeIds(call: Call): GraphAnswer {
  const parameters = checkParameters(call.json(), 'user', 'translateExchangeIds', call.service);
  const ids = parameters.get('inputids');
  const [source, target] = [parameters.get('sourceidtype'), parameters.get('targetidtype')].map(String);
  if (!Array.isArray(ids)) throw undeserializable();
  if (ids.length > MOST) throw new GraphError(400, 'ErrorInvalidParameter', 'At most 1000 ids can be translated.');
  const rows = ids.map((sourceId: string) => {
    try {
      return { sourceId, targetId: translated(call, sourceId, source ?? '', target ?? '') };
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      return { sourceId, targetId: null, errorDetails: { code: error.code, message: error.message } };
    }
  });
  return { status: 200, json: listJson(call, { rows, nextLink: undefined }) };
}

function translated(call: Call, id: string, source: string, target: string): string {
  if (source === 'entryId' || source === 'immutableEntryId')
    throw new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');
  const rest = source === 'ewsId' ? toGraphAlphabet(id) : id;
  if (target === 'restId' || target === 'ewsId') {
    const found =
      source === 'restImmutableEntryId' ? messageId(call.mailbox, findMessage(call.mailbox, rest), false) : rest;
    return target === 'ewsId' ? toEwsAlphabet(found) : found;
  }
  if (target === 'restImmutableEntryId') return messageId(call.mailbox, findMessage(call.mailbox, rest), true);
  const parsed = parseId(toEwsAlphabet(rest));
  if (parsed?.kind !== 'item' && parsed?.kind !== 'folder')
    throw new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');
  // base64url, its last character the number of pads [doc].
  const bytes = writeEntryId(parsed);
  return `${bytes.toString('base64url')}${(3 - (bytes.length % 3)) % 3}`;
}

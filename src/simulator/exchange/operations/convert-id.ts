/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/convertid-operation */
import { parseId, writeId, type ParsedId } from '../../../ews/ids/item-id.ts';
import { readEntryId, writeEntryId } from '../../../ews/ids/entry-id.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import type { Mailbox } from '../../mailbox/mailbox.ts';
import { listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';

const FORMATS = 'EwsLegacyId|EwsId|EntryId|HexEntryId|StoreId|OwaId';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const TYPE = 't:AlternateIdType';
type Id = Extract<ParsedId, { kind: 'folder' | 'item' }>;

export const convertId: Operation = {
  name: 'ConvertId',
  schema: { children: 'SourceIds', attributes: `DestinationFormat=${FORMATS}` },
  answer: (context) => {
    const { mailbox, request } = context;
    const format = request.attributes.get('DestinationFormat') ?? '';
    return answerEach('ConvertId', listOf(context, 'SourceIds'), (source) => {
      const text = source.attributes.get('Id') ?? '';
      if (text === '') throw new ResponseError('ErrorInvalidIdEmpty', 'Id must be non-empty.');
      if (source.localName !== 'AlternateId')
        throw new ResponseError('ErrorInvalidOperation', 'The simulator has no public folders.');
      const id = written(read(mailbox, source.attributes.get('Format') ?? '', text), format);
      // Clients learn their own mailbox from the answer, whatever they sent.
      const own = mailbox.address;
      return xml`<m:AlternateId xmlns:xsi="${XSI}" xsi:type="${TYPE}" Format="${format}" Id="${id}" Mailbox="${own}"/>`;
    });
  },
};

/** Entry ids name no mailbox: it is the caller's own. */
function read(mailbox: Mailbox, format: string, text: string): Id {
  const parsed =
    format === 'EntryId' || format === 'HexEntryId' || format === 'StoreId'
      ? fromEntry(mailbox, Buffer.from(text, format === 'HexEntryId' ? 'hex' : 'base64'))
      : parseId(format === 'OwaId' ? decoded(text) : text);
  if (parsed?.kind !== 'folder' && parsed?.kind !== 'item')
    throw new ResponseError('ErrorInvalidIdMalformed', 'Id is malformed.');
  return parsed;
}

function fromEntry(mailbox: Mailbox, bytes: Buffer): Id | undefined {
  const entry = readEntryId(bytes);
  if (entry === undefined) return undefined;
  const { message, ...folder } = entry;
  return message === undefined
    ? { kind: 'folder', mailbox: mailbox.guid, ...folder }
    : { kind: 'item', mailbox: mailbox.guid, ...folder, message, instruction: 0 };
}

/**
 * Of StoreId and EwsLegacyId no public description is at hand: the entry id, and the id itself, stand for
 * them (inferred).
 */
function written(id: Id, format: string): string {
  const { provider, folder } = id;
  const entry = (): Buffer =>
    writeEntryId({ provider, folder, ...(id.kind === 'item' ? { message: id.message } : {}) });
  switch (format) {
    case 'EntryId':
    case 'StoreId':
      return entry().toString('base64');
    case 'HexEntryId':
      return entry().toString('hex').toUpperCase();
    case 'OwaId':
      return encodeURIComponent(writeId(id));
    default:
      return writeId(id);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/**
 * ConvertId, done without a call: ids hold the entry id, and each format is known. A Mailbox attribute opens nothing;
 * DavMail reads its own address from the answer's.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/convertid-operation
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { convertedId } from '../../../ews/ids/convert.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import { messages, type Operation } from '../operation.ts';

const INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance';

export const convertId: Operation = ({ request, own }) => {
  const wanted = request.attributes.get('DestinationFormat') ?? 'EwsId';
  const { address } = own.mailbox;
  return messages('ConvertId', children(child(request, 'SourceIds')), 'item', (source: EwsElement) => {
    if (source.localName !== 'AlternateId')
      throw new ResponseError('ErrorInvalidOperation', 'Public folders are not available through Microsoft Graph.');
    const given = source.attributes.get('Id') ?? '';
    if (given === '') throw new ResponseError('ErrorInvalidIdEmpty', 'Id must be non-empty.');
    const id = convertedId(given, source.attributes.get('Format') ?? 'EwsId', wanted, own.mailbox);
    if (id === undefined) throw new ResponseError('ErrorInvalidIdMalformed', 'Id is malformed.');
    return xml`<m:AlternateId xmlns:xsi="${INSTANCE}" xsi:type="t:AlternateIdType" Format="${wanted}" Id="${id}"
      Mailbox="${address}"/>`;
  });
};

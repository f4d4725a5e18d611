/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/convertid-operation */
import { convertedId } from '../../../ews/ids/convert.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import { listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const TYPE = 't:AlternateIdType';

export const convertId: Operation = {
  name: 'ConvertId',
  answer: (context) => {
    const { mailbox, request } = context;
    const format = request.attributes.get('DestinationFormat') ?? '';
    return answerEach('ConvertId', listOf(context, 'SourceIds'), (source) => {
      if (source.localName !== 'AlternateId')
        throw new ResponseError('ErrorInvalidOperation', 'The simulator has no public folders.');
      const text = source.attributes.get('Id') ?? '';
      if (text === '') throw new ResponseError('ErrorInvalidIdEmpty', 'Id must be non-empty.');
      // Ids that name no mailbox are of the caller's own.
      const id = convertedId(text, source.attributes.get('Format') ?? '', format, mailbox);
      if (id === undefined) throw new ResponseError('ErrorInvalidIdMalformed', 'Id is malformed.');
      // Clients learn their own mailbox from the answer, whatever they sent.
      const own = mailbox.address;
      return xml`<m:AlternateId xmlns:xsi="${XSI}" xsi:type="${TYPE}" Format="${format}" Id="${id}" Mailbox="${own}"/>`;
    });
  },
};

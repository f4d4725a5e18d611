/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getmailtips-operation */
import { textAt } from '../../../ews/element.ts';
import { responseMessageList } from '../../../ews/envelope.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { element, xml } from '../../../ews/xml.ts';
import { listOf } from '../ids.ts';
import { oofSettings } from '../oof-settings.ts';
import type { Operation } from '../operation.ts';

export const getMailTips: Operation = {
  name: 'GetMailTips',
  isMessage: true,
  answer: (context) => {
    const recipients = listOf(context, 'Recipients');
    // The schema allows the request and no answer to it. That it is refused says [code exchangelib test_account]; the
    // code is inferred.
    if (recipients.length === 0) throw new ResponseError('ErrorInvalidRequest', 'GetMailTips names no recipients.');
    return responseMessageList(
      recipients.map((recipient) => {
        const address = textAt(recipient, 'EmailAddress') ?? '';
        const mailbox = context.organization.find(address);
        const text = mailbox === undefined ? '' : oofSettings(mailbox).activeReply();
        const message = xml`<t:ReplyBody><t:Message>${text}</t:Message></t:ReplyBody>`;
        const tips = [
          element('RecipientAddress', [
            xml`<t:EmailAddress>${address}</t:EmailAddress>`,
            element('RoutingType', 'SMTP'),
          ]),
          element('PendingMailTips', undefined),
          element('OutOfOffice', message),
          element('MailboxFull', false),
          element('TotalMemberCount', 1),
          element('InvalidRecipient', mailbox === undefined),
        ];
        const content = xml`<m:ResponseCode>NoError</m:ResponseCode><m:MailTips>${tips}</m:MailTips>`;
        return xml`<m:MailTipsResponseMessageType ResponseClass="Success">${content}</m:MailTipsResponseMessageType>`;
      }),
    );
  },
};

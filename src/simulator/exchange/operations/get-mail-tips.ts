/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getmailtips-operation */
import { textAt } from '../../../ews/element.ts';
import { responseMessageList } from '../../../ews/envelope.ts';
import { xml } from '../../../ews/xml.ts';
import { listOf } from '../ids.ts';
import { oofSettings } from '../oof-settings.ts';
import type { Operation } from '../operation.ts';

export const getMailTips: Operation = {
  name: 'GetMailTips',
  isMessage: true,
  schema: { children: 'SendingAs Recipients MailTipsRequested' },
  answer: (context) =>
    responseMessageList(
      listOf(context, 'Recipients').map((recipient) => {
        const address = textAt(recipient, 'EmailAddress') ?? '';
        const mailbox = context.organization.find(address);
        const text = mailbox === undefined ? '' : oofSettings(mailbox).activeReply();
        const message = xml`<t:ReplyBody><t:Message>${text}</t:Message></t:ReplyBody>`;
        return xml`<m:MailTipsResponseMessageType ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:MailTips><t:RecipientAddress><t:EmailAddress>${address}</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:RecipientAddress><t:PendingMailTips/><t:OutOfOffice>${message}</t:OutOfOffice><t:MailboxFull>false</t:MailboxFull><t:TotalMemberCount>1</t:TotalMemberCount><t:InvalidRecipient>${mailbox === undefined}</t:InvalidRecipient></m:MailTips></m:MailTipsResponseMessageType>`;
      }),
    ),
};

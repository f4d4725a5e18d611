/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getserviceconfiguration-operation */
import { responseMessageList } from '../../../ews/envelope.ts';
import { trustedMarkup, xml, type XmlFragment } from '../../../ews/xml.ts';
import { listOf } from '../ids.ts';
import type { Operation } from '../operation.ts';

const MAIL_TIPS = xml`<m:MailTipsConfiguration><t:MailTipsEnabled>true</t:MailTipsEnabled><t:MaxRecipientsPerGetMailTipsRequest>50</t:MaxRecipientsPerGetMailTipsRequest><t:MaxMessageSize>37748736</t:MaxMessageSize><t:LargeAudienceThreshold>25</t:LargeAudienceThreshold><t:ShowExternalRecipientCount>false</t:ShowExternalRecipientCount><t:InternalDomains/><t:PolicyTipsEnabled>false</t:PolicyTipsEnabled><t:LargeAudienceCap>1000</t:LargeAudienceCap></m:MailTipsConfiguration>`;

/** One message for each kind that was asked for; of them the simulator has MailTips. */
export const getServiceConfiguration: Operation = {
  name: 'GetServiceConfiguration',
  isMessage: true,
  schema: { children: 'ActingAs? RequestedConfiguration ConfigurationRequestDetails?' },
  answer: (context) =>
    responseMessageList(
      listOf(context, 'RequestedConfiguration').map(({ text }): XmlFragment => {
        const content = text.trim() === 'MailTips' ? MAIL_TIPS : undefined;
        return xml`${trustedMarkup('<m:ServiceConfigurationResponseMessageType ResponseClass="Success">')}<m:ResponseCode>NoError</m:ResponseCode>${content}${trustedMarkup('</m:ServiceConfigurationResponseMessageType>')}`;
      }),
    ),
};

/**
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getserviceconfiguration-operation
 */
import { responseMessageList } from '../../../ews/envelope.ts';
import { element, NO_XML, trustedMarkup, xml, type XmlFragment } from '../../../ews/xml.ts';
import { listOf } from '../ids.ts';
import type { Operation } from '../operation.ts';

const SETTINGS = [
  element('MailTipsEnabled', true),
  element('MaxRecipientsPerGetMailTipsRequest', 50),
  element('MaxMessageSize', 37_748_736),
  element('LargeAudienceThreshold', 25),
  element('ShowExternalRecipientCount', false),
  element('InternalDomains', undefined),
  element('PolicyTipsEnabled', false),
  element('LargeAudienceCap', 1000),
];
const MAIL_TIPS = xml`<m:MailTipsConfiguration>${SETTINGS}</m:MailTipsConfiguration>`;
const BEGIN =
  '<m:ServiceConfigurationResponseMessageType ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>';
const END = '</m:ServiceConfigurationResponseMessageType>';

/** One message for each kind that was asked for; of them the simulator has MailTips. */
export const getServiceConfiguration: Operation = {
  name: 'GetServiceConfiguration',
  isMessage: true,
  schema: { children: 'ActingAs? RequestedConfiguration ConfigurationRequestDetails?' },
  answer: (context) =>
    responseMessageList(
      listOf(context, 'RequestedConfiguration').map(({ text }): XmlFragment => {
        const content = text.trim() === 'MailTips' ? MAIL_TIPS : NO_XML;
        return trustedMarkup(`${BEGIN}${content}${END}`);
      }),
    ),
};

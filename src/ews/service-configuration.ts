/**
 * Messages of GetServiceConfiguration: the limits of MailTips, as Exchange Online has them where no administrator
 * changed them.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/mailtipsconfiguration
 */
import { element, NO_XML, trustedMarkup, xml, type XmlFragment } from './xml.ts';

const MAIL_TIPS = xml`<m:MailTipsConfiguration>${[
  element('MailTipsEnabled', true),
  element('MaxRecipientsPerGetMailTipsRequest', 50),
  element('MaxMessageSize', 37_748_736),
  element('LargeAudienceThreshold', 25),
  element('ShowExternalRecipientCount', false),
  element('InternalDomains', undefined),
  element('PolicyTipsEnabled', false),
  element('LargeAudienceCap', 1000),
]}</m:MailTipsConfiguration>`;

const NAME = 'm:ServiceConfigurationResponseMessageType';
const BEGIN = `<${NAME} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>`;

/** @param configuration which one is asked for; of other ones than MailTips there is nothing to say */
export function serviceConfiguration(configuration: string): XmlFragment {
  const content = configuration.trim() === 'MailTips' ? MAIL_TIPS : NO_XML;
  return trustedMarkup(`${BEGIN}${content.markup}</${NAME}>`);
}

/**
 * GetServiceConfiguration: the limits of MailTips, which are the same for everybody. Graph has nothing of the kind.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getserviceconfiguration-operation
 */
import { child, children } from '../../../ews/element.ts';
import { responseMessageList } from '../../../ews/envelope.ts';
import { element, NO_XML, trustedMarkup, xml } from '../../../ews/xml.ts';
import { wholeMessage, type Operation } from '../operation.ts';

/** What Exchange Online has where no administrator changed it. */
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
const END = `</${NAME}>`;

export const getServiceConfiguration: Operation = ({ request }) =>
  wholeMessage('mailbox', () =>
    responseMessageList(
      children(child(request, 'RequestedConfiguration')).map(({ text }) => {
        const content = text.trim() === 'MailTips' ? MAIL_TIPS : NO_XML;
        return trustedMarkup(`${BEGIN}${content.markup}${END}`);
      }),
    ),
  );

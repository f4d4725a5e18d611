/**
 * GetMailTips.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getmailtips-operation
 * @see https://learn.microsoft.com/graph/api/user-getmailtips
 */
import type { MailTips } from '@microsoft/microsoft-graph-types';
import { child, children, textAt } from '../../../ews/element.ts';
import { responseMessageList } from '../../../ews/envelope.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { element, xml, type XmlFragment } from '../../../ews/xml.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import { wholeMessage, type Operation } from '../operation.ts';

const OPTIONS = [
  'automaticReplies',
  'mailboxFullStatus',
  'customMailTip',
  'externalMemberCount',
  'totalMemberCount',
  'maxMessageSize',
  'deliveryRestriction',
  'moderationStatus',
].join(', ');

export const getMailTips: Operation = ({ request, own }) =>
  wholeMessage('item', async () => {
    const addresses = children(child(request, 'Recipients')).map((one) => textAt(one, 'EmailAddress') ?? '');
    // The answer of nobody would have no response message, which the schema does not allow.
    if (addresses.length === 0) throw new ResponseError('ErrorInvalidRequest', 'GetMailTips names no recipients.');
    const { value: tips } = await own.calls.ask<GraphList<MailTips>>('/getMailTips', {
      EmailAddresses: addresses,
      MailTipsOptions: OPTIONS,
    });
    return responseMessageList(addresses.map((address, index) => message(address, tips[index])));
  });

function message(address: string, tips: MailTips | undefined): XmlFragment {
  const isUnknown = tips?.error !== undefined && tips.error !== null;
  const members = [
    element('RecipientAddress', [xml`<t:EmailAddress>${address}</t:EmailAddress>`, element('RoutingType', 'SMTP')]),
    element('PendingMailTips', undefined),
    element(
      'OutOfOffice',
      xml`<t:ReplyBody><t:Message>${tips?.automaticReplies?.message ?? ''}</t:Message></t:ReplyBody>`,
    ),
    element('MailboxFull', tips?.mailboxFull ?? false),
    ...(tips?.customMailTip ? [element('CustomMailTip', tips.customMailTip)] : []),
    element('TotalMemberCount', tips?.totalMemberCount ?? 1),
    ...given('ExternalMemberCount', tips?.externalMemberCount),
    ...given('MaxMessageSize', tips?.maxMessageSize),
    ...given('DeliveryRestricted', tips?.deliveryRestricted),
    ...given('IsModerated', tips?.isModerated),
    element('InvalidRecipient', isUnknown),
  ];
  const content = xml`<m:ResponseCode>NoError</m:ResponseCode><m:MailTips>${members}</m:MailTips>`;
  return xml`<m:MailTipsResponseMessageType ResponseClass="Success">${content}</m:MailTipsResponseMessageType>`;
}

function given(name: string, value: number | boolean | null | undefined): XmlFragment[] {
  return value === null || value === undefined ? [] : [element(name, value)];
}

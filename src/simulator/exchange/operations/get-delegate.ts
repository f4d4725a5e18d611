/**
 * The simulated mailboxes have no delegates.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getdelegate-operation
 */
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import type { Mailbox } from '../../mailbox/mailbox.ts';
import type { Operation } from '../operation.ts';

export const getDelegate: Operation = {
  name: 'GetDelegate',
  isMessage: true,
  answer: ({ request, mailbox, organization }) => {
    if (!mailbox.owns(textAt(request, 'Mailbox', 'EmailAddress') ?? ''))
      throw new ResponseError('ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
    const refusals = children(child(request, 'UserIds')).map((user) => {
      const address = textAt(user, 'PrimarySmtpAddress') ?? '';
      return refusal(refusalOf(user, organization.find(address)));
    });
    const messages = refusals.length === 0 ? undefined : xml`<m:ResponseMessages>${refusals}</m:ResponseMessages>`;
    const deliver = 'DelegatesAndSendInformationToMe';
    return xml`${messages}<m:DeliverMeetingRequests>${deliver}</m:DeliverMeetingRequests>`;
  },
};

/** Of someone who is no delegate. Codes: exchangelib's tests, run against Exchange Online. */
function refusalOf(user: EwsElement, known: Mailbox | undefined): ResponseError {
  const sid = textAt(user, 'SID');
  if (sid !== undefined && !/^S-1(?:-\d+)+$/.test(sid))
    return new ResponseError('ErrorInvalidUserSid', 'The user SID is invalid.');
  return known === undefined
    ? new ResponseError('ErrorDelegateNoUser', 'The delegate does not map to a user in the Active Directory.')
    : new ResponseError('ErrorNotDelegate', 'The user is not a delegate of the mailbox.');
}

function refusal({ message, responseCode }: ResponseError): XmlFragment {
  const text = xml`<m:MessageText>${message}</m:MessageText><m:ResponseCode>${responseCode}</m:ResponseCode>`;
  return xml`<m:DelegateUserResponseMessageType ResponseClass="Error">${text}
    <m:DescriptiveLinkKey>0</m:DescriptiveLinkKey></m:DelegateUserResponseMessageType>`;
}

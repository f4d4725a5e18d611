/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getinboxrules-operation */
import { textAt } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import type { Operation } from '../operation.ts';

/** The simulated Inbox has no rules. */
export const getInboxRules: Operation = {
  name: 'GetInboxRules',
  isMessage: true,
  answer: ({ request, mailbox }) => {
    const address = textAt(request, 'MailboxSmtpAddress') ?? '';
    if (address !== '' && !mailbox.owns(address))
      throw new ResponseError('ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
    return xml`<m:OutlookRuleBlobExists>false</m:OutlookRuleBlobExists>`;
  },
};

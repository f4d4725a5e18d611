/**
 * GetServiceConfiguration: the limits of MailTips, which are the same for everybody. Graph has nothing of the kind.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getserviceconfiguration-operation
 */
import { child, children } from '../../../ews/element.ts';
import { responseMessageList } from '../../../ews/envelope.ts';
import { serviceConfiguration } from '../../../ews/service-configuration.ts';
import { wholeMessage, type Operation } from '../operation.ts';

export const getServiceConfiguration: Operation = ({ request }) =>
  wholeMessage('mailbox', () =>
    responseMessageList(
      children(child(request, 'RequestedConfiguration')).map(({ text }) => serviceConfiguration(text)),
    ),
  );

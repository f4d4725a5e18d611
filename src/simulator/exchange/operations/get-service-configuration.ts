/**
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getserviceconfiguration-operation
 */
import { responseMessageList } from '../../../ews/envelope.ts';
import { serviceConfiguration } from '../../../ews/service-configuration.ts';
import { listOf } from '../ids.ts';
import type { Operation } from '../operation.ts';

/** One message for each kind that was asked for; of them the simulator has MailTips. */
export const getServiceConfiguration: Operation = {
  name: 'GetServiceConfiguration',
  isMessage: true,
  answer: (context) =>
    responseMessageList(listOf(context, 'RequestedConfiguration').map(({ text }) => serviceConfiguration(text))),
};

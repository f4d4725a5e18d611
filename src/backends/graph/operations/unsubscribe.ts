/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/unsubscribe-operation */
import { textAt } from '../../../ews/element.ts';
import { NO_XML } from '../../../ews/xml.ts';
import { openSubscription, subscriptionNotFound } from '../notifications/subscription.ts';
import { messages, type Operation } from '../operation.ts';

export const unsubscribe: Operation = (context) =>
  messages('Unsubscribe', [context.request], 'mailbox', (request) => {
    const id = textAt(request, 'SubscriptionId') ?? '';
    const { name } = openSubscription(context, id);
    if (context.ended.has(id)) throw subscriptionNotFound();
    context.ended.end(id);
    context.pushes.end(name);
    return NO_XML;
  });

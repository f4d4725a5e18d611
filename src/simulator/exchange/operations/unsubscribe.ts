/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/unsubscribe-operation */
import { textAt } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { NO_XML } from '../../../ews/xml.ts';
import { answerEach, type Operation } from '../operation.ts';

export const unsubscribe: Operation = {
  name: 'Unsubscribe',
  answer: ({ request, subscriptions, appId }) =>
    answerEach('Unsubscribe', [request], () => {
      const { id, kind } = subscriptions.get(textAt(request, 'SubscriptionId') ?? '', appId);
      if (kind === 'push')
        // exchangelib's tests, run against Exchange Online; the responsecode page names another code.
        throw new ResponseError('ErrorInvalidSubscription', 'The subscription is one that pushes.');
      subscriptions.remove(id, appId);
      return NO_XML;
    }),
};

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getevents-operation */
import { textAt } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { element, xml } from '../../../ews/xml.ts';
import { answerEach, type Operation } from '../operation.ts';
import { newEvents, watermark, watermarkNumber } from '../subscriptions.ts';

export const getEvents: Operation = {
  name: 'GetEvents',
  answer: ({ request, subscriptions, appId }) =>
    answerEach('GetEvents', [request], () => {
      const subscription = subscriptions.get(textAt(request, 'SubscriptionId') ?? '', appId);
      if (subscription.kind !== 'pull')
        throw new ResponseError('ErrorInvalidPullSubscriptionId', 'The subscription is none that is pulled.');
      const previous = textAt(request, 'Watermark') ?? '';
      const events = newEvents(subscription, watermarkNumber(previous));
      const status = xml`<t:StatusEvent>${element('Watermark', watermark(subscription.seen))}</t:StatusEvent>`;
      return xml`<m:Notification>${element('SubscriptionId', subscription.id)}${element(
        'PreviousWatermark',
        previous,
      )}${element('MoreEvents', false)}${events.length === 0 ? status : events}</m:Notification>`;
    }),
};

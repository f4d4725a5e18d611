/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuserconfiguration-operation */
import { child, textAt } from '../../../ews/element.ts';
import { answerEach, type Operation } from '../operation.ts';
import { configurationElement, found, placeOf } from '../user-configurations.ts';

export const getUserConfiguration: Operation = {
  name: 'GetUserConfiguration',
  answer: (context) =>
    answerEach('GetUserConfiguration', [context.request], (request) => {
      const place = placeOf(context, child(request, 'UserConfigurationName'));
      const wanted = new Set((textAt(request, 'UserConfigurationProperties') ?? '').split(/\s+/));
      return configurationElement(place, found(place), wanted);
    }),
};

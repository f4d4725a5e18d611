/**
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteuserconfiguration-operation
 */
import { child } from '../../../ews/element.ts';
import { NO_XML } from '../../../ews/xml.ts';
import { answerEach, type Operation } from '../operation.ts';
import { found, placeOf } from '../user-configurations.ts';

export const deleteUserConfiguration: Operation = {
  name: 'DeleteUserConfiguration',
  answer: (context) =>
    answerEach('DeleteUserConfiguration', [context.request], (request) => {
      const place = placeOf(context, child(request, 'UserConfigurationName'));
      found(place);
      place.all.delete(place.name);
      return NO_XML;
    }),
};

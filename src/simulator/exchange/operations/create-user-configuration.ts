/**
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createuserconfiguration-operation
 */
import { child } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { NO_XML } from '../../../ews/xml.ts';
import { answerEach, type Operation } from '../operation.ts';
import { configurationIn, placeOf } from '../user-configurations.ts';

export const createUserConfiguration: Operation = {
  name: 'CreateUserConfiguration',
  answer: (context) =>
    answerEach('CreateUserConfiguration', [child(context.request, 'UserConfiguration')], (given) => {
      const { name, all } = placeOf(context, child(given, 'UserConfigurationName'));
      // Of a name that is taken: exchangelib's tests, run against Exchange Online.
      if (all.has(name)) throw new ResponseError('ErrorItemSave', 'The item save operation failed.');
      all.set(name, configurationIn(given));
      return NO_XML;
    }),
};

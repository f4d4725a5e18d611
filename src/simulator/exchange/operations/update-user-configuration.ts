/**
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/updateuserconfiguration-operation
 */
import { child } from '../../../ews/element.ts';
import { NO_XML } from '../../../ews/xml.ts';
import { answerEach, type Operation } from '../operation.ts';
import { configurationIn, found, placeOf } from '../user-configurations.ts';

/** What the request leaves out stays as it is (inferred). */
export const updateUserConfiguration: Operation = {
  name: 'UpdateUserConfiguration',
  answer: (context) =>
    answerEach('UpdateUserConfiguration', [child(context.request, 'UserConfiguration')], (given) => {
      const place = placeOf(context, child(given, 'UserConfigurationName'));
      const [old, { dictionary, xmlData, binaryData }] = [found(place), configurationIn(given)];
      place.all.set(place.name, {
        dictionary: dictionary ?? old.dictionary,
        xmlData: xmlData ?? old.xmlData,
        binaryData: binaryData ?? old.binaryData,
      });
      return NO_XML;
    }),
};

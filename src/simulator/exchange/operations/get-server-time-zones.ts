/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getservertimezones-operation */
import { xml } from '../../../ews/xml.ts';
import { listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { timeZoneDefinitions } from '../time-zones.ts';

export const getServerTimeZones: Operation = {
  name: 'GetServerTimeZones',
  answer: (context) =>
    answerEach('GetServerTimeZones', [context.request], () => {
      const wanted = new Set(listOf(context, 'Ids').map(({ text }) => text.trim()));
      const full = !/^(?:false|0)$/.test(context.request.attributes.get('ReturnFullTimeZoneData') ?? '');
      return xml`<m:TimeZoneDefinitions>${timeZoneDefinitions(wanted, full)}</m:TimeZoneDefinitions>`;
    }),
};

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailability-operation */
import { child, textAt } from '../../../ews/element.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { listOf } from '../ids.ts';
import { dateOf } from '../item-input.ts';
import { singleMessage } from '../oof-settings.ts';
import type { Operation } from '../operation.ts';
import { schemaViolation } from '../soap-fault.ts';

/** The simulated calendars are empty: everybody is free all the time. */
export const getUserAvailability: Operation = {
  name: 'GetUserAvailability',
  element: 'GetUserAvailabilityRequest',
  answer: (context) => {
    const options = child(context.request, 'FreeBusyViewOptions');
    const window = child(options, 'TimeWindow');
    if (options === undefined || window === undefined) throw schemaViolation('FreeBusyViewOptions is missing.');
    const minutes = Number(textAt(options, 'MergedFreeBusyIntervalInMinutes') ?? 30);
    const wanted = textAt(options, 'RequestedView') ?? 'FreeBusy';
    const start = dateOf(textAt(window, 'StartTime') ?? '');
    const end = dateOf(textAt(window, 'EndTime') ?? '');
    const slots = Math.max(Math.ceil((end.getTime() - start.getTime()) / (minutes * 60_000)), 0);
    const merged = /Merged/.test(wanted) ? xml`<t:MergedFreeBusy>${'0'.repeat(slots)}</t:MergedFreeBusy>` : undefined;
    const answers = listOf(context, 'MailboxDataArray').map((data) => {
      const address = textAt(data, 'Email', 'Address') ?? '';
      if (context.organization.find(address) === undefined) return unknownRecipient(address);
      const view = xml`<t:FreeBusyViewType>${wanted}</t:FreeBusyViewType>${merged}`;
      return xml`<m:FreeBusyResponse>${singleMessage()}<m:FreeBusyView>${view}</m:FreeBusyView></m:FreeBusyResponse>`;
    });
    return xml`<m:FreeBusyResponseArray>${answers}</m:FreeBusyResponseArray>`;
  },
};

function unknownRecipient(address: string): XmlFragment {
  const text = xml`Unable to resolve e-mail address ${address} to an Active Directory object.`;
  const message = [
    xml`<m:MessageText>${text}</m:MessageText><m:ResponseCode>ErrorMailRecipientNotFound</m:ResponseCode>`,
    xml`<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>`,
  ];
  const view = xml`<m:FreeBusyView><t:FreeBusyViewType>None</t:FreeBusyViewType></m:FreeBusyView>`;
  const refusal = xml`<m:ResponseMessage ResponseClass="Error">${message}</m:ResponseMessage>`;
  return xml`<m:FreeBusyResponse>${refusal}${view}</m:FreeBusyResponse>`;
}

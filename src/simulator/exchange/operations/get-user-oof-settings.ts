/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseroofsettings-operation */
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import { oofSettings, ownMailbox, singleMessage } from '../oof-settings.ts';
import type { Operation } from '../operation.ts';

export const getUserOofSettings: Operation = {
  name: 'GetUserOofSettings',
  element: 'GetUserOofSettingsRequest',
  answer: ({ request, mailbox }) => {
    try {
      const settings = oofSettings(ownMailbox(mailbox, request)).toXml();
      return xml`${singleMessage()}${settings}<m:AllowExternalOof>All</m:AllowExternalOof>`;
    } catch (error) {
      if (error instanceof ResponseError) return singleMessage(error);
      throw error;
    }
  },
};

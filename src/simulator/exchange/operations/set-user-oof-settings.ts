/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/setuseroofsettings-operation */
import { child } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { oofSettings, ownMailbox, singleMessage } from '../oof-settings.ts';
import type { Operation } from '../operation.ts';

export const setUserOofSettings: Operation = {
  name: 'SetUserOofSettings',
  element: 'SetUserOofSettingsRequest',
  answer: ({ request, mailbox }) => {
    try {
      oofSettings(ownMailbox(mailbox, request)).set(child(request, 'UserOofSettings'));
      return singleMessage();
    } catch (error) {
      if (error instanceof ResponseError) return singleMessage(error);
      throw error;
    }
  },
};

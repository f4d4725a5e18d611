/**
 * GetUserConfiguration. Graph v1.0 has no associated items and no configurations: none is found, which clients expect
 * of a mailbox that has none yet.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuserconfiguration-operation
 */
import { child, children } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { messages, type Operation } from '../operation.ts';
import { openedFolder } from '../targets.ts';

export const getUserConfiguration: Operation = (context) =>
  messages('GetUserConfiguration', [child(context.request, 'UserConfigurationName')], 'folder', async (name) => {
    await openedFolder(context, children(name)[0]);
    throw new ResponseError(
      'ErrorItemNotFound',
      'The specified object was not found in the store: Microsoft Graph has no configurations of users.',
    );
  });

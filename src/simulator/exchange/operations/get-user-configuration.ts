/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuserconfiguration-operation */
import { child, children } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { folderOf } from '../ids.ts';
import { answerEach, NOT_FOUND, type Operation } from '../operation.ts';

/** The simulated folders have no configurations. */
export const getUserConfiguration: Operation = {
  name: 'GetUserConfiguration',
  schema: { children: 'UserConfigurationName UserConfigurationProperties' },
  answer: (context) =>
    answerEach('GetUserConfiguration', [context.request], () => {
      folderOf(context, children(child(context.request, 'UserConfigurationName'))[0]);
      throw new ResponseError('ErrorItemNotFound', NOT_FOUND);
    }),
};

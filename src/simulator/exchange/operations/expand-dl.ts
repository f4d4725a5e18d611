/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/expanddl-operation */
import { ResponseError } from '../../../ews/response-messages.ts';
import { answerEach, type Operation } from '../operation.ts';

/** The simulated tenant has no distribution lists. */
export const expandDl: Operation = {
  name: 'ExpandDL',
  answer: ({ request }) =>
    answerEach('ExpandDL', [request], () => {
      throw new ResponseError('ErrorNameResolutionNoResults', 'No results were found.');
    }),
};
